package rights

import "testing"

func TestSingleID(t *testing.T) {
	for idMap, single := range map[string]bool{
		"         0          0 4294967295\n": false,
		"         0       1000          1\n": true,
		"0 100000 65536\n":                   false,
		"0 1000 1\n1 100000 65536\n":         false,
	} {
		if singleID(idMap) != single {
			t.Errorf("singleID(%q) = %v", idMap, !single)
		}
	}
}
