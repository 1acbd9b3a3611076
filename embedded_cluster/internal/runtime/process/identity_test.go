package process

import (
	"os"
	"path/filepath"
	"reflect"
	"testing"
)

// users are the files that identities are looked up in.
func users(t *testing.T) accounts {
	t.Helper()
	directory := t.TempDir()
	files := map[string]string{
		"passwd": "root:x:0:0:root:/root:/bin/sh\nbroken\nweb:x:1000:2000:Web:/srv/web:/bin/sh\n",
		"group":  "root:x:0:\nweb:x:2000:\nlogs:x:3000:web,other\nempty:x:4000:\n",
	}
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(directory, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return accounts{filepath.Join(directory, "passwd"), filepath.Join(directory, "group")}
}

func id(value int64) *int64 { return &value }

func TestIdentify(t *testing.T) {
	files := users(t)
	for name, test := range map[string]struct {
		wanted Identity
		want   person
	}{
		"nothing said":               {Identity{}, person{0, 0, "/root", []int{0}}},
		"by name":                    {Identity{User: "web"}, person{1000, 2000, "/srv/web", []int{2000, 3000}}},
		"by number":                  {Identity{User: "1000"}, person{1000, 2000, "/srv/web", []int{2000, 3000}}},
		"the pod's over the image's": {Identity{User: "web", UID: id(0)}, person{0, 0, "/root", []int{0}}},
		"unknown number":             {Identity{UID: id(1234)}, person{1234, 0, "/", []int{0}}},
		"user and group":             {Identity{User: "web:logs"}, person{1000, 3000, "/srv/web", []int{3000}}},
		"user and group's number":    {Identity{User: "1234:77"}, person{1234, 77, "/", []int{77}}},
		"unknown group":              {Identity{User: "web:nobody-knows"}, person{1000, 2000, "/srv/web", []int{2000, 3000}}},
		"the pod's group":            {Identity{UID: id(1000), GID: id(5)}, person{1000, 5, "/srv/web", []int{5, 3000}}},
		"more groups":                {Identity{UID: id(1000), Groups: []int64{9, 3000}}, person{1000, 2000, "/srv/web", []int{9, 2000, 3000}}},
		"only the pod's groups":      {Identity{UID: id(1000), Groups: []int64{9}, StrictGroups: true}, person{1000, 2000, "/srv/web", []int{9, 2000}}},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := files.identify(test.wanted)
			if err != nil || !reflect.DeepEqual(got, test.want) {
				t.Errorf("%+v, %v, want %+v", got, err, test.want)
			}
		})
	}
	if _, err := files.identify(Identity{User: "stranger"}); err == nil || err.Error() != "unable to find user stranger: no matching entries in passwd file" {
		t.Errorf("an unknown name: %v", err)
	}
}

func TestIdentifyWithoutFiles(t *testing.T) {
	got, err := accounts{"/nowhere/passwd", "/nowhere/group"}.identify(Identity{UID: id(7)})
	if want := (person{7, 0, "/", []int{0}}); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, %v", got, err)
	}
}
