// The real consul-template renders the cases of ../cases and writes what it answers to ../goldens, or, with -serve,
// answers one JSON line for each on standard input: what fuzzing compares with. -time renders the template on standard input
// as often as it says, and writes how many milliseconds of CPU each time took: what bench/template.ts compares with.
package main

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"sort"
	"strings"
	"syscall"
	"time"
	"unicode/utf8"
	_ "unsafe"

	"github.com/Masterminds/sprig/v3"
	dep "github.com/hashicorp/consul-template/dependency"
	"github.com/hashicorp/consul-template/template"
	"github.com/hashicorp/vault/api"
)

//go:linkname now github.com/hashicorp/consul-template/template.now
var now func() time.Time

type known struct {
	Method string            `json:"method"`
	Path   string            `json:"path"`
	Params map[string]string `json:"params,omitempty"`
	Body   json.RawMessage   `json:"body"`
}

type question struct {
	Template   string  `json:"template"`
	Left       string  `json:"left,omitempty"`
	Right      string  `json:"right,omitempty"`
	MissingKey bool    `json:"errorOnMissingKey,omitempty"`
	Known      []known `json:"-"`
}

type answer struct {
	question
	Text    *string  `json:"text,omitempty"`
	Base64  *string  `json:"base64,omitempty"`
	Missing []string `json:"missing,omitempty"`
	Error   string   `json:"error,omitempty"`
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}

func brain(all []known) *template.Brain {
	b := template.NewBrain()
	for _, k := range all {
		remember(b, k)
	}
	return b
}

func remember(b *template.Brain, k known) {
	data := map[string]interface{}{}
	for name, value := range k.Params {
		data[name] = value
	}
	switch k.Method {
	case "read":
		d, err := dep.NewVaultReadQuery(k.Path)
		must(err)
		b.Remember(d, secret(k.Body))
	case "write":
		d, err := dep.NewVaultWriteQuery(k.Path, data)
		must(err)
		b.Remember(d, secret(k.Body))
	case "list":
		d, err := dep.NewVaultListQuery(k.Path)
		must(err)
		names := secret(k.Body).Data["keys"].([]interface{})
		var result []string
		for _, name := range names {
			result = append(result, name.(string))
		}
		sort.Strings(result)
		b.Remember(d, result)
	case "pki":
		d, err := dep.NewVaultPKIQuery(k.Path, "", data)
		must(err)
		s := secret(k.Body)
		pem := dep.PemEncoded{
			Cert: s.Data["certificate"].(string) + "\n",
			Key:  s.Data["private_key"].(string) + "\n",
			CA:   s.Data["issuing_ca"].(string) + "\n",
		}
		pem.CAChain = []string{pem.CA}
		b.Remember(d, pem)
	}
}

// As dependency.transformSecret, which is private.
func secret(body json.RawMessage) *dep.Secret {
	if string(body) == "null" {
		return nil
	}
	theirs, err := api.ParseSecret(bytes.NewReader(body))
	must(err)
	ours := &dep.Secret{
		RequestID: theirs.RequestID, LeaseID: theirs.LeaseID, LeaseDuration: theirs.LeaseDuration,
		Renewable: theirs.Renewable, Warnings: theirs.Warnings,
	}
	if len(theirs.Data) != 0 {
		ours.Data = theirs.Data
	}
	if a := theirs.Auth; a != nil {
		ours.Auth = &dep.SecretAuth{
			ClientToken: a.ClientToken, Accessor: a.Accessor, Policies: a.Policies, Metadata: a.Metadata,
			LeaseDuration: a.LeaseDuration, Renewable: a.Renewable,
		}
	}
	if w := theirs.WrapInfo; w != nil {
		ours.WrapInfo = &dep.SecretWrapInfo{
			Token: w.Token, TTL: w.TTL, CreationTime: w.CreationTime, WrappedAccessor: w.WrappedAccessor,
		}
	}
	return ours
}

func ask(q question) (a answer) {
	a.question = q
	defer func() {
		if r := recover(); r != nil {
			a.Error = fmt.Sprintf("panic: %v", r)
		}
	}()
	t, err := template.NewTemplate(&template.NewTemplateInput{
		Contents: q.Template, LeftDelim: q.Left, RightDelim: q.Right, ErrMissingKey: q.MissingKey,
	})
	if err != nil {
		a.Error = err.Error()
		return a
	}
	result, err := t.Execute(&template.ExecuteInput{
		Brain: brain(q.Known), Env: []string{"POD_NAME=web-0", "EMPTY=", "EQUALS=a=b"},
	})
	if err != nil {
		a.Error = err.Error()
		return a
	}
	for _, d := range result.Missing.List() {
		a.Missing = append(a.Missing, d.String())
	}
	sort.Strings(a.Missing)
	if a.Missing == nil {
		if utf8.Valid(result.Output) {
			text := string(result.Output)
			a.Text = &text
		} else {
			encoded := base64.StdEncoding.EncodeToString(result.Output)
			a.Base64 = &encoded
		}
	}
	return a
}

// A case begins behind a line of "---", which may name options: error-on-missing-key left=[[ right=]]
func cases(file string) (all []question) {
	content, err := os.ReadFile(file)
	must(err)
	for _, part := range strings.Split("\n"+strings.TrimSuffix(string(content), "\n"), "\n---")[1:] {
		options, text, _ := strings.Cut(part, "\n")
		q := question{Template: text}
		for _, option := range strings.Fields(options) {
			name, value, _ := strings.Cut(option, "=")
			switch name {
			case "error-on-missing-key":
				q.MissingKey = true
			case "left":
				q.Left = value
			case "right":
				q.Right = value
			default:
				log.Fatalf("%s: no option %q", file, name)
			}
		}
		all = append(all, q)
	}
	return all
}

// Every function a template may call: consul-template keeps its map to itself, so its source is read.
func names() (all []string) {
	dir, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/hashicorp/consul-template").Output()
	must(err)
	source, err := os.ReadFile(filepath.Join(strings.TrimSpace(string(dir)), "template", "template.go"))
	must(err)
	for _, match := range regexp.MustCompile(`(?m)^\t\t"(\w+)": `).FindAllStringSubmatch(string(source), -1) {
		all = append(all, match[1])
	}
	for name := range sprig.HermeticTxtFuncMap() {
		all = append(all, "sprig_"+name)
	}
	sort.Strings(all)
	return all
}

type timing struct {
	Template string          `json:"template"`
	Runs     int             `json:"runs"`
	Body     json.RawMessage `json:"body"`
}

func cpu() time.Duration {
	var usage syscall.Rusage
	must(syscall.Getrusage(syscall.RUSAGE_SELF, &usage))
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// Milliseconds of CPU of each run, and how many bytes it made.
func measure(t timing) (all []float64, bytes int) {
	b := brain([]known{{Method: "read", Path: "kv/bench", Body: t.Body}})
	for run := 0; run < t.Runs; run++ {
		began := cpu()
		tmpl, err := template.NewTemplate(&template.NewTemplateInput{Contents: t.Template})
		must(err)
		result, err := tmpl.Execute(&template.ExecuteInput{Brain: b})
		must(err)
		all = append(all, float64((cpu()-began).Microseconds())/1000)
		bytes = len(result.Output)
	}
	return all, bytes
}

func encode(value interface{}, indent string) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", indent)
	must(e.Encode(value))
	return b.Bytes()
}

func main() {
	log.SetFlags(0)
	for _, name := range []string{"POD_NAME", "NONE", "EMPTY"} {
		must(os.Unsetenv(name))
	}
	now = func() time.Time { return time.Date(2026, 11, 5, 7, 8, 9, 123000000, time.UTC) }
	folder := ".."
	content, err := os.ReadFile(filepath.Join(folder, "secrets.json"))
	must(err)
	var all []known
	must(json.Unmarshal(content, &all))
	if len(os.Args) > 1 && os.Args[1] == "-time" {
		var t timing
		must(json.NewDecoder(os.Stdin).Decode(&t))
		times, size := measure(t)
		os.Stdout.Write(encode(map[string]interface{}{"milliseconds": times, "bytes": size}, ""))
		return
	}
	if len(os.Args) > 1 && os.Args[1] == "-serve" {
		lines := bufio.NewScanner(os.Stdin)
		lines.Buffer(nil, 64<<20)
		for lines.Scan() {
			var q question
			must(json.Unmarshal(lines.Bytes(), &q))
			q.Known = all
			os.Stdout.Write(encode(ask(q), ""))
		}
		return
	}
	must(os.WriteFile(filepath.Join(folder, "goldens", "names.json"), encode(names(), "  "), 0o644))
	files, err := filepath.Glob(filepath.Join(folder, "cases", "*.txt"))
	must(err)
	for _, file := range files {
		var answers []answer
		for _, q := range cases(file) {
			q.Known = all
			answers = append(answers, ask(q))
		}
		name := strings.TrimSuffix(filepath.Base(file), ".txt") + ".json"
		must(os.MkdirAll(filepath.Join(folder, "goldens"), 0o755))
		must(os.WriteFile(filepath.Join(folder, "goldens", name), encode(answers, "  "), 0o644))
		fmt.Println(name, len(answers))
	}
}
