# Makefile - build, test, install; one file, no recursion
CFLAGS ?= -O2 -g
MODE := $(if $(SANITIZE),$(subst $(shell echo ,),-,$(SANITIZE)),release)
BUILD := build/$(MODE)
