package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/compose-spec/compose-go/v2/cli"
	"github.com/compose-spec/compose-go/v2/types"
)

const (
	startsWithin = 90 * time.Second
	rolesFirst   = "stripe-emulator"
)

// rehearse starts every role of a compose file as a process, with the command and the environment that the file gives it and
// as many replicas; only hosts and the folder of secrets differ. All must become ready by the image's health check, sell through
// each router, and end by themselves within the time that the file grants.
func rehearse(arguments []string) []error {
	if len(arguments) != 2 {
		return []error{errors.New("rehearse takes the compose file and the path of emporium")}
	}
	options, err := cli.NewProjectOptions(arguments[:1], cli.WithOsEnv)
	if err != nil {
		return []error{err}
	}
	project, err := options.LoadProject(context.Background())
	if err != nil {
		return []error{err}
	}
	stage, err := newStage(project, arguments[1])
	if err != nil {
		return []error{err}
	}
	defer os.RemoveAll(stage.folder)
	err = stage.play()
	return append(stage.end(), wrapped(err)...)
}

func wrapped(err error) []error {
	if err == nil {
		return nil
	}
	return []error{err}
}

// play runs what the file starts, in its order.
func (s *stage) play() error {
	if err := s.databases(); err != nil {
		return err
	}
	if err := s.once("migrate"); err != nil {
		return err
	}
	for _, name := range s.roles() {
		if err := s.start(name); err != nil {
			return err
		}
	}
	if err := s.once("seed"); err != nil {
		return err
	}
	if err := s.untilReady(); err != nil {
		return err
	}
	if err := s.untilFilled(); err != nil {
		return err
	}
	return s.buy()
}

// databases makes them as the file's PostgreSQL does at its first start.
func (s *stage) databases() error {
	script := exec.Command("sh", filepath.Join(s.project.WorkingDir, "compose", "databases.sh"))
	script.Env = append(os.Environ(), "SECRETS="+s.secrets, "PGHOST="+s.postgres.Hostname(), "PGPORT="+s.postgres.Port(),
		"POSTGRES_USER="+s.postgres.User.Username(), "PGPASSWORD="+password(s.postgres))
	return output(script)
}

// roles of the file, those that others wait for first.
func (s *stage) roles() []string {
	names := []string{rolesFirst}
	for _, name := range s.project.ServiceNames() {
		service := s.project.Services[name]
		if len(service.Command) > 1 && service.Command[0] == "serve" && name != rolesFirst {
			names = append(names, name)
		}
	}
	return names
}

func (s *stage) once(name string) error {
	service := s.project.Services[name]
	tries := 1
	if _, err := fmt.Sscanf(service.Restart, "on-failure:%d", &tries); err != nil {
		return fmt.Errorf("%s: it has to be tried again on failure: %v", name, err)
	}
	var err error
	for range tries {
		command := exec.Command(s.program, service.Command...)
		command.Env = s.environment(service, name)
		if err = output(command); err == nil {
			return nil
		}
	}
	return err
}

func (s *stage) start(name string) error {
	service := s.project.Services[name]
	for replica, port := range s.ports[name] {
		command := exec.Command(s.program)
		for _, argument := range service.Command {
			if strings.HasPrefix(argument, "0.0.0.0:") {
				argument = fmt.Sprintf("127.0.0.1:%d", port)
			}
			command.Args = append(command.Args, argument)
		}
		data := name
		if len(service.Volumes) == 0 {
			data = fmt.Sprintf("%s-%d", name, replica)
		}
		command.Env = s.environment(service, data)
		log, err := os.Create(filepath.Join(s.folder, fmt.Sprintf("%s-%d.log", name, replica)))
		if err != nil {
			return err
		}
		command.Stdout, command.Stderr = log, log
		if err := command.Start(); err != nil {
			return err
		}
		began := &running{name: fmt.Sprintf("%s-%d", name, replica), port: port, command: command, log: log.Name(), grace: grace(service), ended: make(chan error, 1)}
		go func() { began.ended <- command.Wait() }()
		s.running = append(s.running, began)
	}
	return nil
}

func grace(service types.ServiceConfig) time.Duration {
	if service.StopGracePeriod == nil {
		return 10 * time.Second
	}
	return time.Duration(*service.StopGracePeriod)
}

// untilReady waits until the image's health check is content with every replica.
func (s *stage) untilReady() error {
	healthy := filepath.Join(s.project.WorkingDir, "healthy")
	deadline := time.Now().Add(startsWithin)
	for _, role := range s.running {
		if strings.HasPrefix(role.name, rolesFirst) {
			continue
		}
		for {
			check := exec.Command("bash", healthy)
			check.Env = append(os.Environ(), fmt.Sprintf("EMPORIUM_PORT=%d", role.port))
			if check.Run() == nil {
				break
			}
			select {
			case err := <-role.ended:
				role.ended <- err
				return fmt.Errorf("%s ended: %v\n%s", role.name, err, tail(role.log))
			case <-time.After(200 * time.Millisecond):
			}
			if time.Now().After(deadline) {
				return fmt.Errorf("%s is not ready\n%s", role.name, tail(role.log))
			}
		}
	}
	return nil
}

// buy makes the README's first purchase through every router, from the search to PAID.
func (s *stage) buy() error {
	readme, err := os.ReadFile(filepath.Join(s.project.WorkingDir, "..", "README.md"))
	if err != nil {
		return err
	}
	_, rest, _ := strings.Cut(string(readme), "<!-- first purchase -->\n```bash\n")
	purchase, _, found := strings.Cut(rest, "```")
	if !found {
		return errors.New("README.md has no first purchase")
	}
	for replica := range s.ports["router"] {
		shopper := exec.Command("bash", "-c", purchase)
		shopper.Env = append(os.Environ(), "EMPORIUM_URL="+s.at("router", replica))
		// What curl complains of on its other output is that the stream was left when it had told enough.
		said, err := shopper.Output()
		if err != nil || !strings.HasSuffix(strings.TrimSpace(string(said)), "PAID") {
			return fmt.Errorf("no purchase through router %d: %v\n%s", replica, err, said)
		}
	}
	fmt.Printf("%d processes of %d roles were ready, and sold through %d routers\n", len(s.running), len(s.roles()), len(s.ports["router"]))
	return nil
}

// untilFilled waits until every router finds the demo catalogue by search, which events fill.
func (s *stage) untilFilled() error {
	const document = `{"query": "query Rehearsal { searchProducts(query: \"kettle\", first: 1) { nodes { name } } }"}`
	deadline := time.Now().Add(startsWithin)
	for replica := range s.ports["router"] {
		for {
			answer, err := http.Post(s.at("router", replica)+"/graphql", "application/json", strings.NewReader(document))
			if err != nil {
				return err
			}
			said, err := io.ReadAll(answer.Body)
			answer.Body.Close()
			if err == nil && strings.Contains(string(said), "Kettle") {
				break
			}
			if time.Now().After(deadline) {
				return fmt.Errorf("router %d finds nothing: %v\n%s", replica, err, said)
			}
			time.Sleep(200 * time.Millisecond)
		}
	}
	return nil
}

// end ends what was started, each within its time.
func (s *stage) end() []error {
	var found []error
	for _, role := range s.running {
		_ = role.command.Process.Signal(syscall.SIGTERM)
	}
	for _, role := range s.running {
		select {
		case err := <-role.ended:
			if err != nil {
				found = append(found, fmt.Errorf("%s ended with %v\n%s", role.name, err, tail(role.log)))
			}
		case <-time.After(role.grace):
			_ = role.command.Process.Kill()
			found = append(found, fmt.Errorf("%s did not end within %s\n%s", role.name, role.grace, tail(role.log)))
		}
	}
	return found
}
