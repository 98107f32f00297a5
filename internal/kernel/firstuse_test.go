package kernel_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	cryptorand "crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/gob"
	"encoding/json"
	"encoding/xml"
	"io"
	"log/slog"
	"math/big"
	"math/rand"
	"net"
	"net/http"
	"net/http/httptest"
	"reflect"
	"regexp"
	"runtime"
	"sync"
	"testing"
	"text/template"
	"time"

	"github.com/terrella-go/terrella/internal/kernel"
)

// What the standard library works out at the first use of a type or a value, and keeps, leaves no mark: the first world of a process is the same as the second.
func TestFirstUseOfTheStandardLibraryLeavesNoMark(t *testing.T) {
	for name, use := range map[string]func() error{
		"json": func() error {
			type part struct{ X, Y float64 }
			type message struct {
				A int `json:"a"`
				B map[string]*part
				C any
				D time.Time
			}
			text, err := json.Marshal(message{A: 1, B: map[string]*part{"x": {X: 1}, "y": {Y: 2}}, C: "c"})
			if err != nil {
				return err
			}
			return json.Unmarshal(text, new(message))
		},
		"gob": func() error {
			type message struct {
				A int
				B map[string]int
			}
			var b bytes.Buffer
			if err := gob.NewEncoder(&b).Encode(message{1, map[string]int{"a": 1}}); err != nil {
				return err
			}
			return gob.NewDecoder(&b).Decode(new(message))
		},
		"xml": func() error {
			type message struct{ A, B string }
			text, err := xml.Marshal(message{"a", "b"})
			if err != nil {
				return err
			}
			return xml.Unmarshal(text, new(message))
		},
		"slog": func() error {
			type value struct{ A, B int }
			slog.New(slog.NewJSONHandler(io.Discard, nil)).Info("x", "value", value{1, 2})
			return nil
		},
		"reflect": func() error {
			type own struct{ A, B int }
			reflect.StructOf([]reflect.StructField{{Name: "A", Type: reflect.TypeFor[own]()}})
			reflect.FuncOf([]reflect.Type{reflect.TypeFor[own]()}, []reflect.Type{reflect.TypeFor[error]()}, false)
			reflect.MapOf(reflect.TypeFor[own](), reflect.TypeFor[int]())
			reflect.ValueOf(time.Second).MethodByName("Seconds").Call(nil)
			return nil
		},
		"regexp and template": func() error {
			regexp.MustCompile(`(?i)a+b*(c|d)[\w]{2,5}$`).FindStringSubmatch("xaaabcdd")
			return template.Must(template.New("x").Parse(`{{range .}}{{printf "%d" .}}{{end}}`)).Execute(io.Discard, []int{1, 2})
		},
		"http": func() error {
			mux := http.NewServeMux()
			mux.HandleFunc("GET /b/{id}", func(w http.ResponseWriter, r *http.Request) { http.Error(w, "no", http.StatusTeapot) })
			mux.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "http://a/b/c", nil))
			return nil
		},
		"tls": func() error {
			key, err := ecdsa.GenerateKey(elliptic.P256(), cryptorand.Reader)
			if err != nil {
				return err
			}
			cert := &x509.Certificate{SerialNumber: big.NewInt(1), DNSNames: []string{"x"}, NotAfter: time.Now().Add(time.Hour)}
			der, err := x509.CreateCertificate(cryptorand.Reader, cert, cert, &key.PublicKey, key)
			if err != nil {
				return err
			}
			a, b := net.Pipe()
			go tls.Server(a, &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}).Handshake()
			return tls.Client(b, &tls.Config{InsecureSkipVerify: true}).Handshake()
		},
	} {
		run := func() (r kernel.Result) {
			return kernel.Run(kernel.Config{Seed: 8}, func() { // a seed that shows one scheduling point more
				var wg sync.WaitGroup
				for range 3 {
					wg.Go(func() {
						runtime.Gosched()
						if err := use(); err != nil {
							t.Errorf("%s: %v", name, err)
						}
						rand.Int()
						runtime.Gosched()
					})
				}
				wg.Wait()
			})
		}
		if first, second := run(), run(); first.Outcome != kernel.Done || first.Steps != second.Steps || first.Hash != second.Hash {
			t.Errorf("%s: the first world is %+v, the second %+v", name, first, second)
		}
	}
}
