package rights

import "testing"

func TestWholeMap(t *testing.T) {
	for mapping, whole := range map[string]bool{
		"         0          0 4294967295\n": true,
		"         0       1000          1\n": false,
		"0 100000 65536\n":                   false,
		"0 1000 1\n1 100000 65536\n":         false,
		"":                                   false,
	} {
		if wholeMap(mapping) != whole {
			t.Errorf("wholeMap(%q) = %v", mapping, !whole)
		}
	}
}
