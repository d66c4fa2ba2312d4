// Package config is every setting of Moa: one struct, read from the environment once, validated,
// and handed on by value in pieces.
package config

import (
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"net/url"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/caarlos0/env/v11"
)

// The environments.
const (
	Development = "development"
	Production  = "production"
)

// Config is every setting. The tag `help` is what the documentation says.
type Config struct {
	Env            string   `env:"MOA_ENV" envDefault:"development" help:"development or production. Production refuses to start without its secrets and turns introspection, GraphiQL, suggestions and demo data off."`
	Addr           string   `env:"MOA_ADDR" envDefault:"127.0.0.1:8080" help:"The address to listen on."`
	DataDir        string   `env:"MOA_DATA_DIR" envDefault:"./var" help:"Where the embedded database, the uploads and the generated keys live."`
	DatabaseURL    string   `env:"MOA_DATABASE_URL" help:"A PostgreSQL URL (15 or later). Without it the embedded SQLite is used."`
	DatabaseConns  int      `env:"MOA_DATABASE_CONNS" envDefault:"32" help:"The most connections to PostgreSQL."`
	RedisURL       string   `env:"MOA_REDIS_URL" help:"A Redis URL (7 or later): redis://, rediss://, or several addresses for a cluster (?addr=…) or Sentinel (?master_name=…). Without it one process serves alone."`
	TokenKey       string   `env:"MOA_TOKEN_KEY" help:"The secret that signs access tokens and upload addresses: 32 characters or more. Required in production; otherwise generated into the data directory."`
	AllowedOrigins []string `env:"MOA_ALLOWED_ORIGINS" help:"The other origins whose pages may call, separated by commas, such as https://app.example."`
	PublicURL      string   `env:"MOA_PUBLIC_URL" help:"The address at which the world sees this server, such as https://moa.example. Without it, addresses in answers begin with / and are those of the server that was asked."`
	TrustedProxies int      `env:"MOA_TRUSTED_PROXIES" envDefault:"0" help:"How many proxies in front add to X-Forwarded-For; 0 trusts none and takes the address of the connection."`
	LogLevel       string   `env:"MOA_LOG_LEVEL" envDefault:"info" help:"debug, info, warn or error."`

	ResponseCache int64 `env:"MOA_RESPONSE_CACHE" envDefault:"67108864" help:"The most memory for kept answers to public queries, in bytes; 0 keeps none."`

	Limits  Limits
	Live    Live
	Media   Media
	Vault   Vault
	LLM     LLM
	ICE     ICE
	Trino   Trino
	GA4     GA4
	Workers int `env:"MOA_WORKERS" envDefault:"50" help:"How many jobs run side by side in a process."`

	TrustedDocuments string `env:"MOA_TRUSTED_DOCUMENTS" help:"A JSON file of the only documents that may run: an object of sha256 and document, or a persisted-query manifest. Without it every valid document may run."`
}

// Limits bound what one client can ask for.
type Limits struct {
	Body          int64         `env:"MOA_LIMIT_BODY" envDefault:"1048576" help:"The largest request body and socket message, in bytes."`
	Tokens        int           `env:"MOA_LIMIT_TOKENS" envDefault:"2000" help:"The most tokens in a document."`
	Depth         int           `env:"MOA_LIMIT_DEPTH" envDefault:"15" help:"How deep a document may nest."`
	Aliases       int           `env:"MOA_LIMIT_ALIASES" envDefault:"30" help:"The most aliases in a document."`
	Cost          int           `env:"MOA_LIMIT_COST" envDefault:"20000" help:"The most that a document may cost: a field costs 1, and a list as much as its page can hold."`
	Subscriptions int           `env:"MOA_LIMIT_SUBSCRIPTIONS" envDefault:"100" help:"The most running operations on one socket."`
	Streams       int           `env:"MOA_LIMIT_STREAMS" envDefault:"1000" help:"The most sockets and event streams from one network address, on each replica."`
	ViewerRate    int           `env:"MOA_LIMIT_VIEWER_RATE" envDefault:"50" help:"Requests a second of one signed-in viewer, on each replica; ten times as many may come at once."`
	AddressRate   int           `env:"MOA_LIMIT_ADDRESS_RATE" envDefault:"200" help:"Requests a second from one network address, on each replica; ten times as many may come at once."`
	HeaderTimeout time.Duration `env:"MOA_LIMIT_HEADER_TIMEOUT" envDefault:"5s" help:"How long a client may take to send its headers."`
	BodyTimeout   time.Duration `env:"MOA_LIMIT_BODY_TIMEOUT" envDefault:"10s" help:"How long a client may take to send its request."`
	InitTimeout   time.Duration `env:"MOA_LIMIT_INIT_TIMEOUT" envDefault:"3s" help:"How long a socket may take to say connection_init."`
	Operation     time.Duration `env:"MOA_LIMIT_OPERATION" envDefault:"30s" help:"How long a query or a mutation may run."`
}

// Live tunes the live fields.
type Live struct {
	History   int           `env:"MOA_LIVE_HISTORY" envDefault:"100000" help:"How many entries a log keeps for clients that come back."`
	Age       time.Duration `env:"MOA_LIVE_AGE" envDefault:"24h" help:"How long a log keeps its entries."`
	KeepAlive time.Duration `env:"MOA_LIVE_KEEPALIVE" envDefault:"15s" help:"How often a quiet stream shows that it is alive."`
}

// Media says where uploads are kept.
type Media struct {
	BucketURL string `env:"MOA_BUCKET_URL" help:"Where uploads are kept, such as s3://bucket?region=ap-northeast-2. Defaults to a folder in the data directory."`
	BaseURL   string `env:"MOA_MEDIA_URL" help:"Where uploads are shown, such as a CDN in front of the bucket. Defaults to /media/ of this server."`
}

// Vault says what wraps the keys of what is encrypted in the database.
type Vault struct {
	Key []string `env:"MOA_VAULT_KEY" help:"The key that protects what is encrypted in the database: 32 random bytes in base64. Several, separated by commas: the first is used, the others still open what they have protected, until moa keys rotate has run. Required in production without MOA_VAULT_URL; otherwise generated into the data directory."`
	URL []string `env:"MOA_VAULT_URL" help:"A key in a key management service, to be used before MOA_VAULT_KEY, such as awskms://alias/moa?region=ap-northeast-2. Several may be separated by commas."`
}

// LLM says which language model speaks for the voices, and how much it may say a day.
type LLM struct {
	URL           string        `env:"MOA_LLM_URL" help:"The base URL of an OpenAI-compatible API, such as https://clovastudio.stream.ntruss.com/v1/openai/. Without it the built-in offline counsellor answers."`
	Key           string        `env:"MOA_LLM_KEY" help:"The API key of the language model. Servers of one's own often want none."`
	Model         string        `env:"MOA_LLM_MODEL" help:"The provider's name of the model, such as HCX-005. Required with MOA_LLM_URL."`
	Effort        string        `env:"MOA_LLM_REASONING_EFFORT" help:"How much a model that thinks may think before it answers, such as low or none; nothing is sent without it."`
	FirstToken    time.Duration `env:"MOA_LLM_FIRST_TOKEN" envDefault:"15s" help:"How long a voice may take to begin."`
	ViewerTokens  int           `env:"MOA_LLM_VIEWER_TOKENS" envDefault:"40000" help:"How many tokens one user may use a day, in Asia/Seoul. Beyond it the offline counsellor answers, and says so."`
	GuestTokens   int           `env:"MOA_LLM_GUEST_TOKENS" envDefault:"15000" help:"How many tokens one guest may use a day."`
	ServiceTokens int           `env:"MOA_LLM_SERVICE_TOKENS" envDefault:"2000000" help:"How many tokens everybody together may use a day."`
	PromptPrice   float64       `env:"MOA_LLM_PROMPT_PRICE" envDefault:"0" help:"What a million tokens of what is asked cost, in any currency: moa_llm_cost_total counts with it."`
	ReplyPrice    float64       `env:"MOA_LLM_COMPLETION_PRICE" envDefault:"0" help:"What a million tokens of what is answered cost, in the same currency."`
}

// redisURL is what a Redis URL begins with.
var redisURL = regexp.MustCompile(`^(rediss?|unix)://`)

// Load reads the settings from the given environment, each entry KEY=value, and validates them.
// Every mistake is named in the error.
func Load(environ []string) (Config, error) {
	var c Config
	unread := read(reflect.ValueOf(&c).Elem(), env.Options{Environment: env.ToMap(environ)})
	return c, errors.Join(errors.Join(unread...), c.validate(unread))
}

// read fills settings, each by itself: the parser tells the field of a mistake by its name alone, which another
// part of the settings may have as well. It returns the mistakes, each with the name of its variable.
func read(settings reflect.Value, options env.Options) (mistakes []error) {
	for i := range settings.NumField() {
		field := settings.Type().Field(i)
		name, ok := field.Tag.Lookup("env")
		if !ok {
			mistakes = append(mistakes, read(settings.Field(i), options)...)
			continue
		}
		alone := reflect.New(reflect.StructOf([]reflect.StructField{field}))
		if err := env.ParseWithOptions(alone.Interface(), options); err != nil {
			mistakes = append(mistakes, unreadable(name, err))
		}
		settings.Field(i).Set(alone.Elem().Field(0))
	}
	return mistakes
}

// unreadable returns the mistake that the parser found in a variable.
func unreadable(name string, err error) error {
	var parse env.ParseError
	if errors.As(err, &parse) {
		return fmt.Errorf("%s is not %s: %w", name, kindOf(parse.Type), parse.Err)
	}
	return fmt.Errorf("%s cannot be read: %w", name, err)
}

// kindOf names what a setting has to be.
func kindOf(t reflect.Type) string {
	switch {
	case t == reflect.TypeFor[time.Duration]():
		return "a length of time such as 15s or 10m"
	case t.Kind() == reflect.Float64:
		return "a number"
	default:
		return "a whole number"
	}
}

// foreign are variables that begin as Moa's do and belong to its tests, to its development, or to Kubernetes, which
// tells every container of a service called moa.
var foreign = regexp.MustCompile(`^MOA_(TEST_|DEV_|SERVICE_|PORT(_|$))`)

// Unknown returns the variables of the environment that look like settings of Moa and are none, in order: most
// likely one of them is misspelt.
func Unknown(environ []string) []string {
	known := map[string]bool{}
	for field := range settings() {
		known[field.Tag.Get("env")] = true
	}
	var unknown []string
	for _, entry := range environ {
		name, value, _ := strings.Cut(entry, "=")
		if value != "" && strings.HasPrefix(name, "MOA_") && !foreign.MatchString(name) && !known[name] {
			unknown = append(unknown, name)
		}
	}
	slices.Sort(unknown)
	return unknown
}

// settings goes over every field that is read from the environment, in the order of the struct.
func settings() iter.Seq[reflect.StructField] {
	return func(yield func(reflect.StructField) bool) { settingsOf(reflect.TypeFor[Config](), yield) }
}

func settingsOf(t reflect.Type, yield func(reflect.StructField) bool) bool {
	for field := range t.Fields() {
		if _, ok := field.Tag.Lookup("env"); !ok {
			if !settingsOf(field.Type, yield) {
				return false
			}
		} else if !yield(field) {
			return false
		}
	}
	return true
}

// Validate returns every mistake in the settings.
func (c Config) Validate() error { return c.validate(nil) }

// validate leaves out what is known to be unreadable: it has no value that could be judged.
func (c Config) validate(unread []error) error {
	var errs []error
	complain := func(bad bool, format string, args ...any) {
		mistake := fmt.Errorf(format, args...)
		name, _, _ := strings.Cut(mistake.Error(), " ")
		known := slices.ContainsFunc(unread, func(err error) bool { return strings.HasPrefix(err.Error(), name+" ") })
		if bad && !known {
			errs = append(errs, mistake)
		}
	}
	complain(c.Env != Development && c.Env != Production, "MOA_ENV is %q: choose development or production", c.Env)
	complain(c.IsProduction() && c.TokenKey == "", "MOA_TOKEN_KEY is required in production")
	complain(c.TokenKey != "" && len(c.TokenKey) < 32, "MOA_TOKEN_KEY has %d characters: it needs 32 or more", len(c.TokenKey))
	complain(c.IsProduction() && len(c.Vault.Key)+len(c.Vault.URL) == 0, "MOA_VAULT_KEY is required in production: 32 random bytes in base64 (or MOA_VAULT_URL)")
	for i, key := range c.Vault.Key {
		_, err := decodeKey(key)
		complain(err != nil, "MOA_VAULT_KEY has a mistake in key %d: %w", i+1, err)
	}
	for _, address := range c.Vault.URL {
		complain(!strings.HasPrefix(address, "awskms://"), "MOA_VAULT_URL is not an awskms:// URL")
	}
	complain(c.DatabaseURL != "" && !strings.HasPrefix(c.DatabaseURL, "postgres://") && !strings.HasPrefix(c.DatabaseURL, "postgresql://"),
		"MOA_DATABASE_URL is not a postgres:// URL")
	complain(c.RedisURL != "" && !redisURL.MatchString(c.RedisURL), "MOA_REDIS_URL is not a redis://, rediss:// or unix:// URL")
	complain(c.TrustedProxies < 0, "MOA_TRUSTED_PROXIES must not be negative")
	complain(c.ResponseCache < 0, "MOA_RESPONSE_CACHE must not be negative")
	for _, origin := range c.AllowedOrigins {
		u, err := url.Parse(origin)
		complain(err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") || strings.Trim(u.Path, "/") != "",
			"MOA_ALLOWED_ORIGINS: %q is not an origin such as https://app.example", origin)
	}
	complain((c.LLM.URL == "") != (c.LLM.Model == ""), "MOA_LLM_MODEL and MOA_LLM_URL belong together: set both or none")
	complain(c.LLM.URL != "" && !strings.HasPrefix(c.LLM.URL, "http"), "MOA_LLM_URL is not an http or https URL")
	complain(c.LLM.PromptPrice < 0 || c.LLM.ReplyPrice < 0, "MOA_LLM_PROMPT_PRICE and MOA_LLM_COMPLETION_PRICE must not be negative")
	complain(c.PublicURL != "" && !strings.HasPrefix(c.PublicURL, "http"), "MOA_PUBLIC_URL is not an http or https URL")
	c.ICE.validate(complain)
	c.Trino.validate(complain)
	c.GA4.validate(complain)
	_, err := c.Level()
	complain(err != nil, "MOA_LOG_LEVEL is %q: choose debug, info, warn or error", c.LogLevel)
	for name, n := range map[string]int{
		"MOA_LIMIT_BODY": int(c.Limits.Body), "MOA_LIMIT_TOKENS": c.Limits.Tokens, "MOA_LIMIT_DEPTH": c.Limits.Depth,
		"MOA_LIMIT_ALIASES": c.Limits.Aliases, "MOA_LIMIT_COST": c.Limits.Cost, "MOA_LIMIT_SUBSCRIPTIONS": c.Limits.Subscriptions, "MOA_LIMIT_STREAMS": c.Limits.Streams,
		"MOA_LIMIT_VIEWER_RATE": c.Limits.ViewerRate, "MOA_LIMIT_ADDRESS_RATE": c.Limits.AddressRate,
		"MOA_LLM_VIEWER_TOKENS": c.LLM.ViewerTokens, "MOA_LLM_GUEST_TOKENS": c.LLM.GuestTokens, "MOA_LLM_SERVICE_TOKENS": c.LLM.ServiceTokens,
		"MOA_LIVE_HISTORY": c.Live.History, "MOA_WORKERS": c.Workers, "MOA_DATABASE_CONNS": c.DatabaseConns,
	} {
		complain(n <= 0, "%s must be positive", name)
	}
	for name, d := range map[string]time.Duration{
		"MOA_LIMIT_HEADER_TIMEOUT": c.Limits.HeaderTimeout, "MOA_LIMIT_BODY_TIMEOUT": c.Limits.BodyTimeout,
		"MOA_LIMIT_INIT_TIMEOUT": c.Limits.InitTimeout, "MOA_LIMIT_OPERATION": c.Limits.Operation,
		"MOA_LLM_FIRST_TOKEN": c.LLM.FirstToken, "MOA_LIVE_AGE": c.Live.Age, "MOA_LIVE_KEEPALIVE": c.Live.KeepAlive,
	} {
		complain(d <= 0, "%s must be positive, such as 5s", name)
	}
	return errors.Join(errs...)
}

// IsProduction reports whether this is the real thing.
func (c Config) IsProduction() bool { return c.Env == Production }

// Level returns the level below which nothing is logged.
func (c Config) Level() (slog.Level, error) {
	var level slog.Level
	err := level.UnmarshalText([]byte(c.LogLevel))
	return level, err
}

// DatabaseFile returns the path of the embedded database.
func (c Config) DatabaseFile() string { return filepath.Join(c.DataDir, "moa.db") }

// BucketURL returns where uploads are kept.
func (c Config) BucketURL() string {
	if c.Media.BucketURL != "" {
		return c.Media.BucketURL
	}
	folder, err := filepath.Abs(filepath.Join(c.DataDir, "media"))
	if err != nil {
		folder = filepath.Join(c.DataDir, "media")
	}
	return "file://" + filepath.ToSlash(folder)
}
