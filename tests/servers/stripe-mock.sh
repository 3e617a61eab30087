# stripe-mock, Stripe's own validator of requests. It knows no state: tests ask it, a shop cannot run on it.
# shellcheck shell=bash

stripe_mock_version=v0.203.0

stripe_mock_install() {
  [ ! -x "$cache/bin/stripe-mock" ] || return 0
  need go golang-go
  need curl curl
  say "building stripe-mock"
  GOBIN=$cache/bin go install "github.com/stripe/stripe-mock@$stripe_mock_version" >"$folder/go.log" 2>&1 </dev/null \
    || { tail -n 20 "$folder/go.log" >&2; fail "go could not install stripe-mock"; }
}

stripe_mock_prepare() { :; }

stripe_mock_command() { command=("$cache/bin/stripe-mock" -http-addr "127.0.0.1:$(port http)" -https-addr "127.0.0.1:$(port https)"); }

stripe_mock_answers() { curl --silent --fail --user sk_test_123: "http://127.0.0.1:$(port http)/v1/charges"; }

stripe_mock_ready() { :; }

stripe_mock_variables() { printf 'EMPORIUM_TEST_STRIPE_MOCK=http://127.0.0.1:%s\n' "$(port http)"; }

stripe_mock_settings() { :; }
