package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
	"github.com/moby/patternmatcher"
	"github.com/moby/patternmatcher/ignorefile"
)

// dockerfile parses a file as BuildKit does. The context is the folder above the file's; the image must not run as root,
// must say how it is, and what is copied must be in the context.
func dockerfile(files []string) []error {
	var found []error
	for _, file := range files {
		found = append(found, oneDockerfile(file)...)
	}
	return found
}

func oneDockerfile(file string) []error {
	var found []error
	report := func(format string, values ...any) { found = append(found, fmt.Errorf(format, values...)) }
	reader, err := os.Open(file)
	if err != nil {
		return []error{err}
	}
	defer reader.Close()
	parsed, err := parser.Parse(reader)
	if err != nil {
		return []error{err}
	}
	stages, _, err := instructions.Parse(parsed.AST, nil)
	if err != nil {
		return []error{err}
	}
	for _, warning := range parsed.Warnings {
		report("%s", warning.Short)
	}
	absolute, err := filepath.Abs(file)
	if err != nil {
		return []error{err}
	}
	root := filepath.Dir(filepath.Dir(absolute))
	ignored, err := ignoredIn(root)
	if err != nil {
		return []error{err}
	}
	names := map[string]bool{}
	for _, stage := range stages {
		for _, command := range stage.Commands {
			copied, ok := command.(*instructions.CopyCommand)
			if !ok {
				continue
			}
			if copied.From != "" {
				if !names[copied.From] {
					report("COPY --from=%s: there is no such stage before it", copied.From)
				}
				continue
			}
			for _, source := range copied.SourcePaths {
				if _, err := os.Stat(filepath.Join(root, source)); err != nil {
					report("COPY: %v", err)
				}
				if matches, err := ignored.MatchesOrParentMatches(source); err != nil || matches {
					report("COPY %s: left out by .dockerignore (%v)", source, err)
				}
			}
		}
		names[stage.Name] = true
	}
	user, health := "", false
	for _, command := range stages[len(stages)-1].Commands {
		switch command := command.(type) {
		case *instructions.UserCommand:
			user = command.User
		case *instructions.HealthCheckCommand:
			health = true
		}
	}
	if id, err := strconv.Atoi(strings.Split(user, ":")[0]); err != nil || id == 0 {
		report("the image runs as %q: give a number that is not root's", user)
	}
	if !health {
		report("the image has no HEALTHCHECK")
	}
	fmt.Printf("%d stages\n", len(stages))
	return found
}

func ignoredIn(root string) (*patternmatcher.PatternMatcher, error) {
	reader, err := os.Open(filepath.Join(root, ".dockerignore"))
	if err != nil {
		return nil, err
	}
	defer reader.Close()
	patterns, err := ignorefile.ReadAll(reader)
	if err != nil {
		return nil, err
	}
	return patternmatcher.New(patterns)
}
