# Makefile - builds, tests and installs the tools; `make help` lists what it can do
#
# One file and no configure step. Everything is found by wildcard: a module is a file in common/<layer>/, a tool is
# tools/NAME.c or tools/NAME/*.c, a test is a file in tests/; none of them is registered here. What is made goes to
# build/<mode>/, where the mode is the sanitizers and the compiler, so objects of two modes never mix.

VERSION := 0.1.0

PREFIX ?= /usr/local
DESTDIR ?=
bindir ?= $(PREFIX)/bin
mandir ?= $(PREFIX)/share/man
examplesdir ?= $(PREFIX)/share/doc/peerutils/examples
bashcompdir ?= $(PREFIX)/share/bash-completion/completions
zshcompdir ?= $(PREFIX)/share/zsh/site-functions
fishcompdir ?= $(PREFIX)/share/fish/vendor_completions.d

INSTALL ?= install
PKG_CONFIG ?= pkg-config
SANITIZE ?=
# Measured on frames to lines: 36 ns a frame with -O2, 34 with -O3, 31 with -flto besides.
CFLAGS ?= $(if $(SANITIZE),-O1 -g -fno-omit-frame-pointer,-O3 -g $(LTO))
LTO ?= $(if $(filter cc gcc,$(notdir $(firstword $(CC)))),-flto=auto)

# Libraries by their pkg-config names: what every tool links, and what one tool links besides. The linker drops those
# that a tool does not refer to.
all_pkgs := smartcols libcrypto libxxhash
framecat_pkgs :=
peerdump_pkgs := hiredis
dhtping_pkgs := libpcap
userstats_pkgs := hiredis libpq

# Modules that need one of those libraries: left out when no tool asked for needs it (make TOOLS=framecat).
hiredis_modules := common/io/redis_open.c
libpq_modules := $(wildcard common/io/pg*.c)
libpcap_modules := common/io/capture.c

TOOLS ?= $(sort $(notdir $(basename $(wildcard tools/*.c)) $(patsubst %/,%,$(wildcard tools/*/))))
PKGS := $(sort $(foreach v,$(if $(filter file,$(origin TOOLS)),$(filter %_pkgs,$(.VARIABLES)),all_pkgs $(TOOLS:%=%_pkgs)),$($v)))

# ---- modes

comma := ,
CHECK_SANITIZE ?= address,undefined
mode = $(if $1,$(subst $(comma),-,$1),release)$(patsubst %,-%,$(notdir $(filter-out cc gcc,$(firstword $(CC)))))
BUILD := build/$(call mode,$(SANITIZE))
RELEASE := build/$(call mode,)
CHECKED := build/$(call mode,$(CHECK_SANITIZE))

WARNINGS := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wformat=2
SANITIZE_FLAGS := $(if $(SANITIZE),-fsanitize=$(SANITIZE) -fno-sanitize-recover=all)
C_FLAGS = -std=gnu11 $(WARNINGS) $(if $(filter 1,$(WERROR)),-Werror) $(SANITIZE_FLAGS) $(CFLAGS)
CPP_FLAGS = -I. -Icommon -D_GNU_SOURCE -DPEERUTILS_VERSION='"$(VERSION)"' $(PKG_CFLAGS) $(CPPFLAGS)

# Asked only when something is compiled, and once: a fresh machine has no pkg-config when this file is first read.
PKG_CFLAGS = $(eval PKG_CFLAGS := $(call pkg,--cflags,$(PKGS)))$(PKG_CFLAGS)
pkg = $(if $(shell $(PKG_CONFIG) --exists $2 2>/dev/null && echo yes),$(shell $(PKG_CONFIG) $1 $2),$(error \
	$(PKG_CONFIG) does not find all of: $2. On Debian, tests/support/packages build installs them))

# ---- what is built

common_sources := $(filter-out $(foreach p,$(filter-out $(PKGS),hiredis libpcap libpq),$($p_modules)),$(wildcard common/*/*.c))
unit_sources := $(wildcard tests/unit/*.c)
fuzz_sources := $(filter-out tests/fuzz/replay.c,$(wildcard tests/fuzz/*.c))
FUZZERS := $(basename $(notdir $(fuzz_sources)))

sources_of = $(wildcard tools/$1.c tools/$1/*.c)
objects = $(patsubst %.c,$(BUILD)/obj/%.o,$1)
LIBRARY := $(BUILD)/libcommon.a
TOOL_BINS := $(addprefix $(BUILD)/bin/,$(TOOLS))
UNIT_BINS := $(patsubst tests/unit/%.c,$(BUILD)/unit/%,$(unit_sources))
REPLAY_BINS := $(addprefix $(BUILD)/replay/,$(FUZZERS))

LINK = $(CC) $(C_FLAGS) $(LDFLAGS) -Wl,--as-needed -o $@ $(filter %.o,$^) $(filter %.a,$^)

.DEFAULT_GOAL := all
.SUFFIXES:
.DELETE_ON_ERROR:
.PHONY: all help

all: $(TOOL_BINS) ## build the tools (SANITIZE=address,undefined, CC=clang, WERROR=1, TOOLS="framecat")

help: ## this list
	@awk -F ':.*## ' '/^[a-z%<>-]+:.*## / { printf "%-16s %s\n", $$1, $$2 }' Makefile

$(BUILD)/obj/%.o: %.c Makefile
	@mkdir -p $(@D)
	$(CC) $(CPP_FLAGS) $(C_FLAGS) -MMD -MP -c -o $@ $<

# The folders are prerequisites so that a module that was removed leaves the archive too.
$(LIBRARY): $(call objects,$(common_sources)) $(wildcard common/*/)
	@rm -f $@
	$(AR) rcs $@ $(filter %.o,$^)

define tool_rule
$(BUILD)/bin/$1: $(call objects,$(call sources_of,$1)) $(LIBRARY)
	@mkdir -p $$(@D)
	$$(LINK) $$(call pkg,--libs,$(all_pkgs) $($1_pkgs)) -lm $$(LDLIBS)
endef
$(foreach t,$(TOOLS),$(eval $(call tool_rule,$t)))

$(BUILD)/unit/%: $(BUILD)/obj/tests/unit/%.o $(LIBRARY)
	@mkdir -p $(@D)
	$(LINK) $(call pkg,--libs,cmocka $(PKGS)) -lm $(LDLIBS)

# what a tool's own modules are tested with
$(BUILD)/unit/owners: $(BUILD)/obj/tools/userstats/owners.o
$(BUILD)/unit/guesses: $(BUILD)/obj/tools/userstats/guesses.o $(BUILD)/obj/tools/userstats/infer.o

$(BUILD)/replay/%: $(BUILD)/obj/tests/fuzz/%.o $(BUILD)/obj/tests/fuzz/replay.o $(LIBRARY)
	@mkdir -p $(@D)
	$(LINK) $(call pkg,--libs,$(PKGS)) -lm $(LDLIBS)

$(BUILD)/fuzz/%: $(BUILD)/obj/tests/fuzz/%.o $(LIBRARY)
	@mkdir -p $(@D)
	$(LINK) -fsanitize=fuzzer $(call pkg,--libs,$(PKGS)) -lm $(LDLIBS)

.SECONDARY:
-include $(shell [ -d $(BUILD)/obj ] && find $(BUILD)/obj -name '*.d')

# ---- install

bash_completions := $(TOOLS:%=$(bashcompdir)/%)
zsh_completions := $(TOOLS:%=$(zshcompdir)/_%)
fish_completions := $(TOOLS:%=$(fishcompdir)/%.fish)
man_section = $(subst .,,$(suffix $1))
examples := $(foreach e,$(wildcard tools/*/*.sql),$(examplesdir)/$(notdir $e))
manuals := $(foreach m,$(wildcard man/*.[1-8]),$(mandir)/man$(call man_section,$m)/$(notdir $m))

.PHONY: install uninstall clean
install: all ## install to $(DESTDIR)$(PREFIX): tools, manuals, examples, completions of three shells
	$(INSTALL) -d $(addprefix $(DESTDIR),$(bindir) $(sort $(dir $(manuals))) $(examplesdir) $(bashcompdir) $(zshcompdir) $(fishcompdir))
	$(INSTALL) -m 755 $(TOOL_BINS) $(DESTDIR)$(bindir)
	for m in $(wildcard man/*.[1-8]); do $(INSTALL) -m 644 $$m $(DESTDIR)$(mandir)/man$${m##*.}/ || exit 1; done
	$(INSTALL) -m 644 $(wildcard tools/*/*.sql) $(DESTDIR)$(examplesdir)
	for t in $(TOOLS); do \
		$(INSTALL) -m 644 completions/peerutils.bash $(DESTDIR)$(bashcompdir)/$$t && \
		$(INSTALL) -m 644 completions/peerutils.fish $(DESTDIR)$(fishcompdir)/$$t.fish && \
		{ echo "#compdef $$t"; cat completions/peerutils.zsh; } >$(DESTDIR)$(zshcompdir)/_$$t && \
		chmod 644 $(DESTDIR)$(zshcompdir)/_$$t || exit 1; \
	done

uninstall: ## remove what install put there
	rm -f $(addprefix $(DESTDIR),$(TOOLS:%=$(bindir)/%) $(manuals) $(examples) $(bash_completions) $(zsh_completions) $(fish_completions))

clean: ## remove build/
	rm -rf build

# ---- tests

# These need more than a compiler. On Debian, as root, the packages that are missing are installed first; then make is
# run again, because what pkg-config says can only be read once it is there.
staged := check demo bench lint golden check-unit check-cli check-docs check-fuzz check-install $(FUZZERS:%=fuzz-%)
staged_set = $(firstword $(filter demo bench lint,$1) $(if $(filter fuzz-%,$1),fuzz) check)

.PHONY: $(staged) check-parts check-layers check-headers check-map map released sanitized sanitized-tests test-programs
ifndef READY
$(staged):
	@tests/support/packages $(call staged_set,$@)
	@$(MAKE) --no-print-directory READY=1 $@
endif

# Two runs of `make check` at once share build/, so what they build is built under a lock. -o keeps the lock from what
# the compilers start.
LOCKED = mkdir -p build && flock -o build/.lock $(MAKE) -s --no-print-directory $(if $(filter -j%,$(MAKEFLAGS)),,-j$(shell nproc)) READY=1
CHECK_ENV = PEERUTILS_RELEASE='$(CURDIR)/$(RELEASE)/bin' PEERUTILS_VERSION='$(VERSION)' PEERUTILS_TOOLS='$(TOOLS)'
PATH_WITH = PATH="$(CURDIR)/$1/bin:$$PATH:$(CURDIR)/build/servers"

# Debian's redis-tools has the server's program too, under a name it does not serve by: it goes by the one it is called
# by. So nobody needs the package redis-server, which would start a service at every boot; one that is there is used.
build/servers/redis-server:
	@mkdir -p $(@D)
	@! program=$$(command -v redis-check-rdb) || ln -sf "$$program" $@ || [ -e $@ ]

released:
	@$(LOCKED) SANITIZE= all
sanitized:
	@$(LOCKED) SANITIZE=$(CHECK_SANITIZE) all
sanitized-tests:
	@$(LOCKED) SANITIZE=$(CHECK_SANITIZE) test-programs
test-programs: $(UNIT_BINS) $(REPLAY_BINS)

ifdef READY
check: ## build with sanitizers and run every test; on a bare Debian, as root, it installs what it needs
	@$(MAKE) -s -k --no-print-directory READY=1 check-parts
	@echo "check: all parts passed"

check-parts: check-layers check-headers check-map check-unit check-fuzz check-cli check-install

check-unit: sanitized-tests build/servers/redis-server ## the unit tests alone
	@$(call PATH_WITH,$(CHECKED)) tests/support/run-unit $(UNIT_BINS:$(BUILD)/%=$(CHECKED)/%)

check-cli: sanitized released build/servers/redis-server ## the tests of the command line, the pipelines and the documentation
	@$(CHECK_ENV) $(call PATH_WITH,$(CHECKED)) tests/support/run-bats $(wildcard tests/cli/*.bats tests/pipeline/*.bats tests/docs.bats)

check-docs: sanitized released build/servers/redis-server ## manuals, completions and help against the tables of the tools
	@$(CHECK_ENV) $(call PATH_WITH,$(CHECKED)) tests/support/run-bats $(wildcard tests/docs.bats)

check-fuzz: sanitized-tests ## the fuzz targets over all samples, cut short and with bytes changed
	@failed=0; for f in $(FUZZERS); do $(CHECKED)/replay/$$f tests/samples/$$f || failed=1; done; exit $$failed

check-install: released ## install to a temporary folder, run what is there, uninstall, nothing may be left
	@$(CHECK_ENV) tests/check-install $(MAKE) -s --no-print-directory READY=1

golden: released build/servers/redis-server ## rewrite the golden files of the tests; read the diff before you commit it
	@GOLDEN=write $(CHECK_ENV) $(call PATH_WITH,$(RELEASE)) tests/support/run-bats $(wildcard tests/cli/*.bats tests/pipeline/*.bats)

lint: ## static analysis, manuals, shell scripts
	@tests/check-lint

bench: released build/servers/redis-server ## measure the tools side by side with their peers
	@$(CHECK_ENV) $(call PATH_WITH,$(RELEASE)) tests/bench/run

demo: released build/servers/redis-server ## frames to Redis to peers against a private server; on a bare Debian, as root, this is all it takes
	@$(call PATH_WITH,$(RELEASE)) tests/support/demo

FUZZ_SECONDS ?= 60
FUZZ_MODE := fuzzer-no-link,address,undefined
$(FUZZERS:%=fuzz-%): fuzz-%:
	@$(LOCKED) CC=clang SANITIZE=$(FUZZ_MODE) build/$(subst $(comma),-,$(FUZZ_MODE))-clang/fuzz/$*
	@mkdir -p build/corpus/$*
	build/$(subst $(comma),-,$(FUZZ_MODE))-clang/fuzz/$* -max_total_time=$(FUZZ_SECONDS) \
		-artifact_prefix=build/corpus/$*- build/corpus/$* tests/samples/$*
endif

fuzz-<codec>: ## run a fuzz target of tests/fuzz/ for FUZZ_SECONDS (60) with clang's libFuzzer

check-layers: ## includes go down the layers only, and only the edges print
	@tests/check-layers
check-headers: ## each header compiles alone
	@CC='$(CC)' CPPFLAGS='$(CPP_FLAGS)' tests/check-headers
check-map: ## each file says what it is for in its first line
	@tests/check-map
map: ## the file map, from those lines
	@tests/check-map --print
