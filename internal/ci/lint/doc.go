// Package lint checks the workflow files in examples/ci, which people copy: those for GitHub with actionlint, those for Kubernetes by decoding
// them strictly into the types of its API, those for GitLab by decoding them strictly into the keywords that they use. The
// scripts in them must be scripts, and call the terrella command with verbs and flags that it has.
//
// It is a module of its own so that nobody who uses the library gets to see what it needs for that.
package lint
