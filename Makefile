# The commands people type; nothing here is needed to build.
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null)
LDFLAGS  = -s -w -X syslog-blacklist/internal/command.version=$(VERSION)

# Where everything that is made goes.
BIN     ?= bin

build:
	CGO_ENABLED=0 go build -trimpath -ldflags '$(LDFLAGS)' -o $(BIN)/ ./cmd/...

man: build
	rm -rf $(BIN)/man
	$(BIN)/syslog-blacklist man $(BIN)/man
	$(BIN)/syslog-inject man $(BIN)/man

completions: build
	mkdir -p $(BIN)/bash $(BIN)/fish $(BIN)/zsh
	for p in syslog-blacklist syslog-inject; do \
		$(BIN)/$$p completion bash >$(BIN)/bash/$$p && \
		$(BIN)/$$p completion fish >$(BIN)/fish/$$p.fish && \
		$(BIN)/$$p completion zsh >$(BIN)/zsh/_$$p || exit 1; \
	done

# A package's version begins with a digit and has no hyphen.
PACKAGE_VERSION ?= $(shell echo '$(VERSION)' | sed -E 's/^v//; /^[0-9]+\.[0-9]/!s/^/0.0-g/; s/-/+/; s/-/./g')
FORMATS         ?= deb rpm
packages: man completions
	rm -rf $(BIN)/man.gz $(BIN)/packages
	mkdir -p $(BIN)/man.gz $(BIN)/packages
	for m in $(BIN)/man/* deploy/man/*; do gzip -9nc $$m >$(BIN)/man.gz/$${m##*/}.gz || exit 1; done
	for f in $(FORMATS); do \
		BIN=$(BIN) ARCH=$$(go env GOARCH) PACKAGE_VERSION=$(PACKAGE_VERSION) \
		go tool -modfile=deploy/packages/nfpm.mod nfpm package -f deploy/packages/nfpm.yaml -p $$f -t $(BIN)/packages || exit 1; \
	done

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
	rm -rf $(BIN)

.PHONY: build man completions packages test race fuzz bench clean
