package main

import (
	"fmt"
	"log/slog"
	"path/filepath"

	"github.com/prometheus/prometheus/config"
	// Configurations may find targets by DNS.
	_ "github.com/prometheus/prometheus/discovery/dns"
	"github.com/prometheus/prometheus/model/rulefmt"
)

// prometheus parses its configuration (the first file) as the server does at its start, and files of alerting rules, their
// expressions and the templates in their texts.
func prometheus(files []string) []error {
	var found []error
	settings, err := config.LoadFile(files[0], false, slog.New(slog.DiscardHandler))
	if err != nil {
		return []error{err}
	}
	for _, named := range settings.RuleFiles {
		mounted := false
		for _, file := range files[1:] {
			mounted = mounted || filepath.Base(file) == filepath.Base(named)
		}
		if !mounted {
			found = append(found, fmt.Errorf("%s names %s, which is not among the rules", files[0], named))
		}
	}
	count := 0
	for _, file := range files[1:] {
		groups, errs := rulefmt.ParseFile(file, false)
		found = append(found, errs...)
		if groups == nil {
			continue
		}
		for _, group := range groups.Groups {
			count += len(group.Rules)
		}
	}
	fmt.Printf("%d jobs, %d rules\n", len(settings.ScrapeConfigs), count)
	return found
}
