# Moa: `make run` and `make test` need Go and a C compiler, nothing else.
SHELL := /bin/bash
.DEFAULT_GOAL := help
PKGS := ./...
export CGO_ENABLED := 1

.PHONY: help run test race build generate migration web lint ci load fuzz cover

help: ## show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1|\2/' | column -t -s '|'

run: ## serve with the embedded database, demo data and GraphiQL
	go run .

build: ## build the binary into bin/moa
	go build -trimpath -o bin/moa .

test: ## run the tests (those that need PostgreSQL, Redis, coturn, Node or Chromium skip where these are missing)
	go test $(PKGS)

race: ## run the tests under the race detector
	go test -race $(PKGS)

generate: ## generate ent, gqlgen and the printed schema from their sources
	go generate ./ent
	go run ./internal/platform/exec/execgen
	go tool gofumpt -w resolvers

migration: ## write the next PostgreSQL migration: make migration name=add_x (needs an empty database, see MOA_DEV_DATABASE_URL)
	go run ./internal/platform/db/migrationdiff -name "$(name)" -dev "$${MOA_DEV_DATABASE_URL:-postgres://postgres@127.0.0.1:5432/moa_dev?sslmode=disable}"

web: ## build the bundled GraphiQL into web/dist (needs Node)
	cd web/graphiql && npm ci && npm test && npm run build

lint: ## check format and run the linters
	.ci/lint

ci: ## everything that CI checks
	.ci/check

load: ## run the benchmarks of test/load and print their figures
	.ci/load

fuzz: ## run every fuzz target, ten minutes each: make fuzz time=1m
	.ci/fuzz "$(or $(time),10m)"

cover: ## show how much the tests cover
	@mkdir -p bin
	go test -coverprofile=bin/cover.out $(PKGS) && go tool cover -func=bin/cover.out | tail -1
