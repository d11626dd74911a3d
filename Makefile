# The commands people type; nothing here is needed to build.
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null)
LDFLAGS  = -s -w -X main.version=$(VERSION)

build:
	CGO_ENABLED=0 go build -trimpath -ldflags '$(LDFLAGS)' -o bin/ ./cmd/...

man: build
	bin/syslog-blacklist man bin/man
	bin/syslog-inject man bin/man

test:
	go test ./...

race:
	go test -race ./...

# Each fuzz target for FUZZTIME.
FUZZTIME ?= 30s
fuzz:
	@for p in $$(go list ./...); do \
		for f in $$(go test -list '^Fuzz' $$p | grep '^Fuzz'); do \
			go test -run '^$$' -fuzz "^$$f$$" -fuzztime $(FUZZTIME) $$p || exit 1; \
		done; \
	done

# The README's table, as root; then each package's own benchmarks by hand:
#   go test -run '^$$' -bench . -benchmem ./internal/regexset
bench:
	go run ./internal/bench

clean:
	rm -rf bin

.PHONY: build man test race fuzz bench clean
