package main

import (
	"fmt"
	"math/rand/v2"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/compose-spec/compose-go/v2/types"
)

// Replicas listen a while after their ports were chosen, and again when they are started again. So the ports lie below those that
// the system gives to whoever asks for any, and below those of tests/servers and of tests.
const (
	firstPort      = 14_000
	portsToStartAt = 5_000
)

// stage is where a compose file is rehearsed: servers that run already, a folder, and a free port for each replica.
type stage struct {
	project  *types.Project
	program  string
	folder   string
	secrets  string
	postgres *url.URL
	kafka    string
	elastic  string
	// Keeps this rehearsal apart from whatever else uses the servers.
	mark    string
	ports   map[string][]int
	running []*running
}

// running is a process that was started.
type running struct {
	name    string
	port    int
	command *exec.Cmd
	log     string
	grace   time.Duration
	ended   chan error
}

func newStage(project *types.Project, program string) (*stage, error) {
	servers := map[string]string{}
	for _, name := range []string{"POSTGRES", "KAFKA", "ELASTICSEARCH", "REDIS"} {
		value := os.Getenv("EMPORIUM_TEST_" + name)
		if value == "" {
			return nil, fmt.Errorf("EMPORIUM_TEST_%s is not set; start the servers with tests/servers/up", name)
		}
		servers[name] = value
	}
	postgres, err := url.Parse(servers["POSTGRES"])
	if err != nil {
		return nil, err
	}
	folder, err := os.MkdirTemp("", "emporium-rehearsal-")
	if err != nil {
		return nil, err
	}
	s := &stage{
		project: project, program: program, folder: folder, secrets: filepath.Join(folder, "secrets"), postgres: postgres,
		kafka: servers["KAFKA"], elastic: servers["ELASTICSEARCH"],
		mark: fmt.Sprintf("rehearsal%d", os.Getpid()), ports: map[string][]int{},
	}
	port := firstPort + rand.IntN(portsToStartAt)
	for name, service := range project.Services {
		replicas := 1
		if service.Deploy != nil && service.Deploy.Replicas != nil {
			replicas = *service.Deploy.Replicas
		}
		for range replicas {
			for port++; !free(port); port++ {
			}
			s.ports[name] = append(s.ports[name], port)
		}
	}
	if err := os.Mkdir(s.secrets, 0o700); err != nil {
		return nil, err
	}
	for name, secret := range project.Secrets {
		content, err := os.ReadFile(secret.File)
		if err != nil {
			return nil, err
		}
		value := strings.TrimSpace(string(content))
		if domain, isDatabase := strings.CutSuffix(name, "_database_url"); isDatabase {
			own := s.mark + "_" + domain
			value = fmt.Sprintf("postgres://%s:%s@%s/%s?sslmode=disable", own, own, postgres.Host, own)
		} else if name == "redis_url" {
			value = servers["REDIS"]
		}
		if err := os.WriteFile(filepath.Join(s.secrets, name), []byte(value+"\n"), 0o600); err != nil {
			return nil, err
		}
	}
	return s, nil
}

func free(port int) bool {
	listener, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
	if err != nil {
		return false
	}
	listener.Close()
	return true
}

// environment is that of a service, with hosts and files of this stage in place of those of the file.
func (s *stage) environment(service types.ServiceConfig, data string) []string {
	folder := filepath.Join(s.folder, data)
	_ = os.MkdirAll(folder, 0o700)
	environment := []string{
		"PATH=" + os.Getenv("PATH"), "EMPORIUM_DATA=" + folder,
		"EMPORIUM__KAFKA__TOPIC_PREFIX=" + s.mark + ".", "EMPORIUM__KAFKA__GROUP_PREFIX=" + s.mark + ".",
		"EMPORIUM__PRODUCTS__ELASTICSEARCH_INDEX=" + s.mark,
	}
	for name, value := range service.Environment {
		// Traces go nowhere here.
		if value != nil && name != "EMPORIUM__TELEMETRY__OTLP_ENDPOINT" {
			environment = append(environment, name+"="+s.here(*value))
		}
	}
	return environment
}

// here is a value with the hosts of the file replaced by those of this stage.
func (s *stage) here(value string) string {
	value = strings.NewReplacer(
		"/run/secrets", s.secrets,
		"kafka:9092", s.kafka,
		"http://elasticsearch:9200", s.elastic,
		"http://balancer:4000", s.at("router", 0),
		"http://stripe-emulator:4110", s.at(rolesFirst, 0),
		"http://localhost:4110", s.at(rolesFirst, 0),
	).Replace(value)
	// A name stands for every replica: a list of one becomes a list of all.
	for name, ports := range s.ports {
		prefix := `["http://` + name + ":"
		if rest, ok := strings.CutPrefix(value, prefix); ok {
			_, path, _ := strings.Cut(strings.TrimSuffix(rest, `"]`), "/")
			var all []string
			for replica := range ports {
				address := s.at(name, replica)
				if path != "" {
					address += "/" + path
				}
				all = append(all, fmt.Sprintf("%q", address))
			}
			return "[" + strings.Join(all, ", ") + "]"
		}
	}
	return value
}

func (s *stage) at(name string, replica int) string {
	return fmt.Sprintf("http://127.0.0.1:%d", s.ports[name][replica])
}

func password(address *url.URL) string {
	password, _ := address.User.Password()
	return password
}

func output(command *exec.Cmd) error {
	said, err := command.CombinedOutput()
	if err != nil {
		return fmt.Errorf("%s: %v\n%s", strings.Join(command.Args, " "), err, said)
	}
	return nil
}

// tail is the end of a log.
func tail(file string) string {
	content, err := os.ReadFile(file)
	if err != nil {
		return err.Error()
	}
	return string(content[max(0, len(content)-2000):])
}
