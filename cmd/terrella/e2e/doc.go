// Package e2e runs the terrella command as its users do, by scripts: each file in testdata/script is an archive of
// files and what is done with them, in the language of package testscript. There is one script a verb at least, named after it;
// others about the same verb are VERB_SOMETHING.txtar. Beside testscript's own commands there are
//
//	terrella VERB …        the command of this checkout; it has to succeed
//	exits CODE COMMAND …   runs a command (not one of testscript's own), which has to exit with this code
//	module PATH            makes the current folder a module that uses this checkout
//	example NAME           copies examples/NAME of this checkout into a folder NAME of the current one
//
// Delve is on the path as dlv, go as on the user's. The variable CHECKOUT names the checkout, PACKAGE the import path of its module, TERRELLA
// the built command and GOROOTBIN the folder of the go command, for a path without anything else. Caches are the
// user's; HOME is a folder of the script's own.
//
// It is a module of its own so that nobody who uses the library gets to see testscript and Delve.
package e2e
