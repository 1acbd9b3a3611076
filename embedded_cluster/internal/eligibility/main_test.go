package main

import (
	"bytes"
	"os"
	"testing"
)

func TestThePluginsTestsHaveWhatKubernetesSaysNow(t *testing.T) {
	committed, err := os.ReadFile("../../../tests/unit/guarantees/eligibility.json")
	if err != nil {
		t.Fatal(err)
	}
	var now bytes.Buffer
	write(&now)
	if !bytes.Equal(committed, now.Bytes()) {
		t.Error("tests/unit/guarantees/eligibility.json is not what Kubernetes says now\n  do:  make eligibility")
	}
}
