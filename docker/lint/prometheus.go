package main

import (
	"fmt"

	"github.com/prometheus/prometheus/model/rulefmt"
)

// rules parses files of alerting rules, their expressions and the templates in their texts.
func rules(files []string) []error {
	var found []error
	for _, file := range files {
		groups, errs := rulefmt.ParseFile(file, false)
		found = append(found, errs...)
		if groups == nil {
			continue
		}
		count := 0
		for _, group := range groups.Groups {
			count += len(group.Rules)
		}
		fmt.Printf("%d rules\n", count)
	}
	return found
}
