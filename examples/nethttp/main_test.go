package nethttp

import (
	"crypto/ed25519"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"math/big"
	"net"
	"os"
	"testing"
	"time"
)

// The certificate is the same in every process: made at random, its key and signatures would change the bytes, and
// perhaps the number of bytes, that are sent. It is good from before 2000, when worlds begin.
var serverTLS, clientTLS = certificate()

// peer is the certificate as clients know it. Package crypto/tls keeps parsed certificates for as long as the collector
// lets it, and takes other steps to parse one than to find one: nothing of that may come to pass in a
// world.
var peer *x509.Certificate

func TestMain(m *testing.M) {
	var err error
	if peer, err = handshake(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// certificate returns the configuration of a server called "server" or "localhost", and of clients that trust it.
func certificate() (server, client *tls.Config) {
	key := ed25519.NewKeyFromSeed([]byte("a key that anybody may know: 32B"))
	template := &x509.Certificate{
		SerialNumber:          big.NewInt(1),
		Subject:               pkix.Name{CommonName: "server"},
		DNSNames:              []string{"server", "localhost"},
		NotBefore:             time.Date(1999, 1, 1, 0, 0, 0, 0, time.UTC),
		NotAfter:              time.Date(2199, 1, 1, 0, 0, 0, 0, time.UTC),
		KeyUsage:              x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		IsCA:                  true,
		BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(nil, template, template, key.Public(), key)
	if err != nil {
		panic(err)
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		panic(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(parsed)
	server = &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key, Leaf: parsed}}}
	return server, &tls.Config{RootCAs: roots}
}

// handshake returns the certificate that a client was shown.
func handshake() (*x509.Certificate, error) {
	a, b := net.Pipe()
	defer a.Close()
	go tls.Server(a, serverTLS.Clone()).Handshake()
	config := clientTLS.Clone()
	config.ServerName = "server"
	client := tls.Client(b, config)
	defer b.Close()
	if err := client.Handshake(); err != nil {
		return nil, err
	}
	return client.ConnectionState().PeerCertificates[0], nil
}
