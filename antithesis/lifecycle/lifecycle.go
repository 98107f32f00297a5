// Package lifecycle has the calls of the Antithesis SDK that tell the platform how far a test is. Terrella's worlds begin
// with their test's function, so there is nothing to tell.
package lifecycle

// SetupComplete does nothing.
func SetupComplete(details any) {}

// SendEvent does nothing.
func SendEvent(eventName string, details any) {}
