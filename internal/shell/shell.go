// Package shell makes the words of command lines that are printed to be pasted.
package shell

import "strings"

// Quote returns a word as a POSIX shell reads it back, quoted if need be.
func Quote(word string) string {
	if word != "" && !strings.ContainsAny(word, " \t\n'\"$&|;()<>*?[]{}\\`!#~^") {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}

// RunPattern returns the argument of go test -run that selects one test or subtest, not quoted.
func RunPattern(test string) string {
	parts := strings.Split(test, "/")
	for i, p := range parts {
		parts[i] = "^" + quoteMeta(p) + "$"
	}
	return strings.Join(parts, "/")
}

// quoteMeta quotes what is special in a regular expression.
func quoteMeta(s string) string {
	var b strings.Builder
	for _, c := range s {
		if strings.ContainsRune(`\.+*?()|[]{}^$`, c) {
			b.WriteByte('\\')
		}
		b.WriteRune(c)
	}
	return b.String()
}
