package main

import (
	"context"
	"fmt"
	"os"
	"strings"

	"github.com/compose-spec/compose-go/v2/cli"
	"github.com/compose-spec/compose-go/v2/types"
)

// compose loads a file as `docker compose` does: against the specification's schema, with every reference resolved. Beyond
// that, what is mounted must exist, images must have a version, and what is published must stay on this machine.
func compose(files []string) []error {
	options, err := cli.NewProjectOptions(files, cli.WithOsEnv, cli.WithDotEnv)
	if err != nil {
		return []error{err}
	}
	project, err := options.LoadProject(context.Background())
	if err != nil {
		return []error{err}
	}
	var found []error
	report := func(format string, values ...any) { found = append(found, fmt.Errorf(format, values...)) }
	for name, secret := range project.Secrets {
		if _, err := os.Stat(secret.File); err != nil {
			report("secret %s: %v", name, err)
		}
	}
	for name, service := range project.Services {
		if service.Build == nil && !strings.Contains(service.Image, ":") {
			report("%s: %s has no version", name, service.Image)
		}
		for _, volume := range service.Volumes {
			if volume.Type == types.VolumeTypeBind {
				if _, err := os.Stat(volume.Source); err != nil {
					report("%s: %v", name, err)
				}
			}
		}
		for _, port := range service.Ports {
			if port.HostIP != "127.0.0.1" {
				report("%s: port %s is published beyond this machine", name, port.Published)
			}
		}
		mounted := map[string]bool{}
		for _, secret := range service.Secrets {
			mounted["/run/secrets/"+secret.Source] = true
		}
		for key, value := range service.Environment {
			if value != nil && strings.HasPrefix(*value, "/run/secrets/") && !mounted[*value] {
				report("%s: %s names %s, which is not mounted", name, key, *value)
			}
		}
		if service.Deploy != nil && service.Deploy.Replicas != nil && *service.Deploy.Replicas > 1 && len(service.Ports) > 0 {
			report("%s: several replicas cannot publish one port", name)
		}
	}
	fmt.Printf("%d services, %d secrets, %d volumes\n", len(project.Services), len(project.Secrets), len(project.Volumes))
	return found
}
