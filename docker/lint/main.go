// Command lint checks what is in docker/ with the code of those who read it: Compose's loader, BuildKit's parser of
// Dockerfiles, Prometheus' parser of rules. It needs no engine and no network. `rehearse` runs the compose file's shop without
// containers, on the servers of tests/servers.
package main

import (
	"fmt"
	"os"
)

var checks = map[string]func(files []string) []error{
	"compose":    compose,
	"dockerfile": dockerfile,
	"prometheus": prometheus,
	"rehearse":   rehearse,
}

func main() {
	if len(os.Args) < 3 || checks[os.Args[1]] == nil {
		fmt.Fprintln(os.Stderr, "usage: lint compose|dockerfile|prometheus FILE… | rehearse COMPOSE-FILE EMPORIUM")
		os.Exit(2)
	}
	found := checks[os.Args[1]](os.Args[2:])
	for _, problem := range found {
		fmt.Fprintln(os.Stderr, problem)
	}
	if len(found) > 0 {
		os.Exit(1)
	}
}
