# What all servers share: their folder, their ports, starting, asking, ending. Sourced by up, down and one.
#
# Each server has a file NAME.sh beside this one with the functions
#   NAME_install     brings what is missing onto this machine
#   NAME_prepare     makes its files under $home, the first time
#   NAME_command     sets the array `command`, what runs it
#   NAME_answers     succeeds once it answers its clients
#   NAME_ready       what is to be done once it answered for the first time (databases…)
#   NAME_variables   prints the variables of tests
#   NAME_settings    prints the settings that point Emporium at it
# where a dash in a server's name is an underscore in its functions' names, and `$home` is the server's own folder.
# shellcheck shell=bash

all_servers=(postgres kafka elasticsearch elasticsearch-tls redis stripe-mock)
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/emporium
folder=${TMPDIR:-/tmp}/emporium-servers
password=emporium-test
patience=600 # seconds: the machine may have other things to do
# For servers in Java: they live for minutes, in which what the second compiler makes faster never pays for its time.
quick_java=-XX:TieredStopAtLevel=1

say() { printf '%s\n' "$*" >&2; }
fail() { say "error: $*"; exit 1; }

# Debian packages that bring a command, when it is missing.
need() { # command, packages…
  command -v "$1" >/dev/null && return
  shift
  say "installing $*"
  local become=()
  [ "$(id -u)" -eq 0 ] || become=(sudo)
  { "${become[@]}" apt-get update && DEBIAN_FRONTEND=noninteractive "${become[@]}" apt-get install --yes --no-install-recommends "$@"; } \
    >"$folder/apt.log" 2>&1 </dev/null || { tail -n 20 "$folder/apt.log" >&2; fail "apt-get could not install $*"; }
}

# Published Java artifacts, named by the pom.xml in a folder beside this file.
fetch() { # folder with pom.xml, where to
  need java openjdk-17-jdk-headless
  need mvn maven
  say "fetching $1"
  mvn --batch-mode --quiet -f "$here/$1/pom.xml" dependency:copy-dependencies -DoutputDirectory="$2" \
    >"$folder/mvn.log" 2>&1 </dev/null || { tail -n 20 "$folder/mvn.log" >&2; fail "Maven could not fetch $1"; }
}

# Sets the array `rights`, what runs a command as a user without rights: some servers refuse to run as root.
without_rights() { # user
  rights=()
  [ "$(id -u)" -ne 0 ] || rights=(setpriv --reuid "$1" --regid "$(id -g "$1")" --clear-groups --)
}

give_to() { # user, paths…
  local user=$1; shift
  [ "$(id -u)" -ne 0 ] || chown -R "$user" "$@"
}

taken() { # port
  (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null
}

# A server's port by name, chosen once: the server has it again after a restart. It lies below those that the
# system gives away by itself.
port() { # name of the port
  local file=$home/$1.port port
  if [ ! -e "$file" ]; then
    port=$((20000 + RANDOM % 6000))
    while taken "$port" || grep -qsx "$port" "$folder"/*/*.port; do port=$((20000 + RANDOM % 6000)); done
    printf '%s\n' "$port" >"$file"
  fi
  cat "$file"
}

# A certificate authority for all, and one certificate that it signed for 127.0.0.1 and localhost.
certificates() {
  tls=$folder/tls
  [ ! -e "$tls/server.pem" ] || return 0
  need openssl openssl
  mkdir -p "$tls"
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 30 -subj '/CN=Emporium tests' \
    -addext 'keyUsage=critical,keyCertSign,cRLSign' -keyout "$tls/ca.key" -out "$tls/ca.pem" 2>/dev/null
  openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj '/CN=localhost' \
    -keyout "$tls/server.key" -out "$tls/server.csr" 2>/dev/null
  openssl x509 -req -in "$tls/server.csr" -CA "$tls/ca.pem" -CAkey "$tls/ca.key" -CAcreateserial -days 30 -out "$tls/server.pem" \
    -extfile <(printf 'subjectAltName=DNS:localhost,IP:127.0.0.1\nextendedKeyUsage=serverAuth\nbasicConstraints=CA:FALSE') 2>/dev/null
}

function_of() { printf '%s' "${1//-/_}"; }

# Sets `server`, its functions' prefix and its folder.
select_server() { # name
  server=$1
  prefix=$(function_of "$1")
  home=$folder/$1
  case $server in
    kafka-[123]) prefix=kafka ;;
    elasticsearch-tls) prefix=elasticsearch ;;
  esac
}

pid_of() { cat "$home/pid" 2>/dev/null; }

# A process that ended but that nobody waited for (no init in a container) counts as ended.
lives() { # pid
  local state
  state=$(ps -o stat= -p "$1" 2>/dev/null) && [[ $state != Z* ]]
}

runs() { # whether the selected server's process is there, and is the one that was started
  local pid
  pid=$(pid_of) && [ -n "$pid" ] && lives "$pid" && [ "$(started_at "$pid")" = "$(cat "$home/started" 2>/dev/null)" ]
}

started_at() { awk '{ print $22 }' "/proc/$1/stat" 2>/dev/null; } # pid; in the system's ticks since it started

# Every process of the selected server: those of its group and the children of the first.
members() { # pid
  { ps -o pid= --ppid "$1"; ps -eo pid=,pgid= | awk -v group="$1" '$2 == group { print $1 }'; printf '%s\n' "$1"; } | tr -d ' ' | sort -u
}

start_selected() {
  ! runs || return 0
  "${prefix}_command"
  # A group of its own: it outlives this shell, and is ended as a whole.
  setsid "${command[@]}" >"$home/log" 2>&1 </dev/null &
  local pid=$!
  printf '%s\n' "$pid" >"$home/pid"
  started_at "$pid" >"$home/started"
}

wait_for_selected() {
  local began=$SECONDS said=0
  until "${prefix}_answers" >/dev/null 2>&1; do
    if ! runs; then tail -n 30 "$home/log" >&2; fail "$server ended by itself; its log is $home/log"; fi
    if [ $((SECONDS - began)) -ge "$patience" ]; then tail -n 30 "$home/log" >&2; fail "$server does not answer after $patience s"; fi
    if [ $((SECONDS - began)) -ge $((said + 5)) ]; then said=$((SECONDS - began)); say "waiting for $server ($said s)"; fi
    sleep 0.1
  done
}

# Asks the selected server to end (TERM, INT) or ends it (KILL), and waits until all of it is gone.
end_selected() { # signal
  runs || return 0
  local pid all began=$SECONDS
  pid=$(pid_of)
  all=$(members "$pid")
  if [ "$1" = KILL ]; then
    # shellcheck disable=SC2086 # one word a process
    kill -KILL $all 2>/dev/null || true
  else
    kill "-$1" "$pid"
  fi
  for pid in $all; do
    while lives "$pid"; do
      if [ $((SECONDS - began)) -ge 30 ]; then
        say "$server did not end by itself"
        # shellcheck disable=SC2086
        kill -KILL $all 2>/dev/null || true
      fi
      sleep 0.05
    done
  done
  rm -f "$home/pid" "$home/started"
}

stop_selected() {
  local signal=TERM
  [ "$server" != postgres ] || signal=INT # fast: it does not wait for its clients
  end_selected "$signal"
}

# The servers that were prepared in the folder.
prepared() {
  local file
  for file in "$folder"/*/prepared; do
    [ ! -e "$file" ] || basename "$(dirname "$file")"
  done
}

for file in postgres kafka elasticsearch redis stripe-mock; do
  # shellcheck source=/dev/null
  . "$here/$file.sh"
done
