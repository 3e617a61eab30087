// Command promcheck parses Prometheus rules and configuration with Prometheus' own code.
package main

import (
	"fmt"
	"os"

	"github.com/prometheus/prometheus/model/rulefmt"
)

func main() {
	bad := false
	for _, file := range os.Args[1:] {
		groups, errs := rulefmt.ParseFile(file, false)
		for _, err := range errs {
			bad = true
			fmt.Fprintf(os.Stderr, "%s: %v\n", file, err)
		}
		if groups != nil {
			fmt.Printf("%s: %d groups\n", file, len(groups.Groups))
		}
	}
	if bad {
		os.Exit(1)
	}
}
