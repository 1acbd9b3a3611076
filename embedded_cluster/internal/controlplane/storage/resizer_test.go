package storage

import (
	"context"
	"testing"
	"time"

	v1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/kubernetes/fake"

	"pytest-kworkload/embedded_cluster/internal/spec"
)

func size(text string) v1.ResourceList {
	return v1.ResourceList{v1.ResourceStorage: resource.MustParse(text)}
}

func bound(name, asked, has, by string) (*v1.PersistentVolumeClaim, *v1.PersistentVolume) {
	claim := &v1.PersistentVolumeClaim{
		ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: "test"},
		Spec:       v1.PersistentVolumeClaimSpec{VolumeName: "volume-of-" + name, Resources: v1.VolumeResourceRequirements{Requests: size(asked)}},
		Status:     v1.PersistentVolumeClaimStatus{Phase: v1.ClaimBound, Capacity: size(has)},
	}
	volume := &v1.PersistentVolume{
		ObjectMeta: metav1.ObjectMeta{Name: "volume-of-" + name, Annotations: map[string]string{provisionedBy: by}},
		Spec:       v1.PersistentVolumeSpec{Capacity: size(has)},
	}
	return claim, volume
}

func TestClaimsGrow(t *testing.T) {
	ours, itsVolume := bound("ours", "2Gi", "1Gi", spec.ProvisionerName)
	half, ahead := bound("half", "2Gi", "1Gi", spec.ProvisionerName)
	ahead.Spec.Capacity = size("3Gi")
	foreign, theirs := bound("foreign", "2Gi", "1Gi", "example.com/other")
	client := fake.NewClientset(ours, itsVolume, half, ahead, foreign, theirs)
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		resize(ctx, client)
	}()
	sizes := func(name string) (claim, volume string) {
		c, err := client.CoreV1().PersistentVolumeClaims("test").Get(ctx, name, metav1.GetOptions{})
		if err != nil {
			t.Fatal(err)
		}
		v, err := client.CoreV1().PersistentVolumes().Get(ctx, "volume-of-"+name, metav1.GetOptions{})
		if err != nil {
			t.Fatal(err)
		}
		return c.Status.Capacity.Storage().String(), v.Spec.Capacity.Storage().String()
	}
	for name, want := range map[string][2]string{"ours": {"2Gi", "2Gi"}, "half": {"3Gi", "3Gi"}} {
		err := wait.PollUntilContextCancel(ctx, 10*time.Millisecond, true, func(context.Context) (bool, error) {
			claim, volume := sizes(name)
			return [2]string{claim, volume} == want, nil
		})
		if err != nil {
			claim, volume := sizes(name)
			t.Errorf("%s: claim %s, volume %s: %v", name, claim, volume, err)
		}
	}
	cancel()
	<-ended
	if err := grow(context.Background(), client, foreign); err != nil {
		t.Error(err)
	}
	ctx = context.Background()
	if claim, volume := sizes("foreign"); claim != "1Gi" || volume != "1Gi" {
		t.Errorf("of another provisioner: claim %s, volume %s", claim, volume)
	}
}

func TestWhatWantsMore(t *testing.T) {
	for want, change := range map[string]func(*v1.PersistentVolumeClaim){
		"it does":          func(*v1.PersistentVolumeClaim) {},
		"it has it":        func(claim *v1.PersistentVolumeClaim) { claim.Status.Capacity = size("2Gi") },
		"it is not bound":  func(claim *v1.PersistentVolumeClaim) { claim.Status.Phase = v1.ClaimPending },
		"it is on its way": func(claim *v1.PersistentVolumeClaim) { claim.DeletionTimestamp = &metav1.Time{Time: time.Now()} },
	} {
		claim, _ := bound("data", "2Gi", "1Gi", spec.ProvisionerName)
		change(claim)
		if wanting(claim) != (want == "it does") {
			t.Errorf("%s: %v", want, wanting(claim))
		}
	}
}
