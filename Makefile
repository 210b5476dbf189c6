# Parlor: `make run` to see it, `make test` before a push, `make release` for the one file.

CARGO_TARGET_DIR ?= $(CURDIR)/target
export CARGO_TARGET_DIR
TRIPLE   := x86_64-unknown-linux-gnu
PARLOR   := $(CARGO_TARGET_DIR)/$(TRIPLE)/debug/parlor
RELEASED := $(CARGO_TARGET_DIR)/$(TRIPLE)/release/parlor
DENY     := $(CARGO_TARGET_DIR)/tools/bin/cargo-deny

WEB     := web/dist/console/index.html
MODULES := web/node_modules/.package-lock.json
WEB_SOURCES := $(shell find web -type f -not -path '*/node_modules/*' -not -path 'web/dist/*' -not -path 'web/.build/*')

# What people do, whatever carries it; the figures count sockets. A poll that stops is missed by its silence alone, after 40 s: two tests are too quick for it.
OVER_LINES := attachments conversations crowd durability marks people privacy resume roles turns --skip the_socket_lets_in_only_whom_it_knows --skip the_figures_follow_what_people_do
NOT_FOR_POLLS := --skip agents_come_go_and_are_away --skip agents_see_that_a_customer_is_there

# The same bytes wherever they are built: no path of this machine stays in them. Our own files are named from the root of the
# project anyway, and to name it here would build everything anew for each clone.
CARGO_HOME ?= $(HOME)/.cargo
PLACES  := $(CARGO_TARGET_DIR)=/target $(CARGO_HOME)=/cargo
COMMA   := ,
EMPTY   :=
RUST_PLACES := $(subst $(EMPTY) $(EMPTY),$(COMMA),$(foreach place,$(PLACES),"--remap-path-prefix=$(place)"))
ANYWHERE := CFLAGS='$(foreach place,$(PLACES),-ffile-prefix-map=$(place))' cargo build --release --locked \
  --config 'target.$(TRIPLE).rustflags=[$(RUST_PLACES)]'

ARGS ?=
PARTS ?= made run releases rpm proxies
KEY ?=
SUMS = cd dist && sha256sum parlor $$(ls parlor_*.deb parlor-*.rpm 2>/dev/null) >SHA256SUMS && cat SHA256SUMS

.PHONY: help run test test-rust test-lines test-web test-browser test-media test-licences test-package test-same torture web build release deb rpm sign clean
.DEFAULT_GOAL := help

help: ## what there is
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 22

run: build ## build what changed and serve http://127.0.0.1:8080 with ./data
	$(PARLOR) serve --listen 127.0.0.1:8080 --data ./data

test: test-web test-rust test-lines test-browser test-media test-licences ## the tests (docs/testing.md names those by hand)

test-rust: web ## format, lints, unit and integration tests
	@.ci/need gcc ffmpeg
	cargo fmt --check
	cargo clippy --locked --all-targets -- -D warnings
	cargo clippy --locked --test torture -- -D warnings
	cargo test --locked

test-lines: web ## the same conversations over what carries them where no WebSocket passes
	PARLOR_TEST_CARRIER=stream cargo test --locked --test it -- $(OVER_LINES)
	PARLOR_TEST_CARRIER=poll cargo test --locked --test it -- $(OVER_LINES) $(NOT_FOR_POLLS)

test-web: web ## lint, types, unit tests, and the sizes we promise
	cd web && npm run --silent check && npm run --silent sizes

test-browser: build ## people using the product in a real browser
	@.ci/need chromium ffmpeg fonts-noto-cjk fonts-noto-color-emoji
	PARLOR_BIN=$(PARLOR) node --test --test-reporter=spec tests/browser/

test-media: web ## real browsers in calls: directly, through the relay, and where UDP is blocked (that as root)
	@.ci/need chromium iproute2 nftables
	cargo build --locked --example media-server
	MEDIA_SERVER=$(CARGO_TARGET_DIR)/$(TRIPLE)/debug/examples/media-server node --test --test-reporter=spec tests/media/

torture: web ## kills, power cuts, full disks, bad networks, crowds, for about 45 minutes: make torture ARGS='--seed 7 --only kills'
	@.ci/need gcc strace e2fsprogs iproute2 nftables
	cargo test --locked --test torture -- $(ARGS)

test-licences: $(DENY) ## licences, banned crates, sources
	$(DENY) --locked check licenses bans sources

web: $(WEB) ## web/dist, if a source of it changed

build: web ## the binary as we develop it: quick to build, encryption and SQLite optimised
	@.ci/need gcc
	cargo build --locked

release: web ## dist/parlor: one static file with everything in it
	@.ci/need gcc binutils
	PARLOR_WEB_REQUIRED=1 $(ANYWHERE)
	install -D -m 0755 $(RELEASED) dist/parlor
	@! readelf -lW dist/parlor | grep -q INTERP || { echo 'dist/parlor wants a loader: not static'; exit 1; }
	@! readelf -dW dist/parlor | grep NEEDED || { echo 'dist/parlor wants libraries: not static'; exit 1; }
	@ls -lh dist/parlor

deb: release ## dist/parlor_VERSION_amd64.deb for Debian 12 and later, Ubuntu 22.04 and later
	@.ci/need dpkg
	packaging/package deb dist/parlor
	@$(SUMS)

rpm: release ## dist/parlor-VERSION-1.x86_64.rpm for Red Hat and its kin from 8 on, SUSE 15
	@.ci/need rpm
	packaging/package rpm dist/parlor
	@$(SUMS)

sign: ## dist/SHA256SUMS.sig by your SSH key: make sign KEY=~/.ssh/id_ed25519
	@test -n "$(KEY)" || { echo 'which key? make sign KEY=~/.ssh/id_ed25519'; exit 1; }
	rm -f dist/SHA256SUMS.sig
	ssh-keygen -Y sign -n parlor -f $(KEY) dist/SHA256SUMS

test-package: ## the life of an installation in a real Debian 12 with systemd, as root, after make release; or make test-package PARTS='made run'
	@.ci/need dpkg rpm lintian rpmlint mmdebstrap systemd-container iproute2 nftables curl binutils openssl openssh-client
	@test -x dist/parlor || { echo 'make release first'; exit 1; }
	for part in $(PARTS); do tests/package/$$part dist/parlor || exit 1; done

test-same: ## the same bytes from another folder, another target folder and another web build: takes two releases
	tests/package/same

clean: ## forget everything that was built (./data stays)
	cargo clean
	rm -rf web/dist web/.build web/node_modules dist

$(WEB): $(WEB_SOURCES) $(MODULES)
	cd web && npm run --silent build

$(MODULES): web/package.json web/package-lock.json
	@node -e 'const [a,b]=process.versions.node.split(".");process.exit(+a>20||(+a==20&&+b>=19)?0:1)' || { echo 'Node 20.19 or newer is needed'; exit 1; }
	cd web && npm ci --no-fund --no-audit
	@touch $@

$(DENY):
	cargo install cargo-deny --version 0.20.2 --locked --root $(CARGO_TARGET_DIR)/tools
