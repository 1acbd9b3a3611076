package storage

import (
	"context"
	"fmt"

	v1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/util/workqueue"

	"pytest-kworkload/embedded_cluster/internal/spec"
)

const provisionedBy = "pv.kubernetes.io/provisioned-by" // an annotation of the volume, written by the library

// resize lets bound claims grow until ctx ends, as the external-resizer does beside the hostPath CSI driver: a directory has
// no size of its own, so only what the objects say has to grow. Whether a class allows it, the API server has judged.
func resize(ctx context.Context, client kubernetes.Interface) {
	factory := informers.NewSharedInformerFactory(client, 0)
	claims := factory.Core().V1().PersistentVolumeClaims()
	queue := workqueue.NewTypedRateLimitingQueue(workqueue.DefaultTypedControllerRateLimiter[types.NamespacedName]())
	enqueue := func(obj any) {
		if claim, ok := obj.(*v1.PersistentVolumeClaim); ok && wanting(claim) {
			queue.Add(types.NamespacedName{Namespace: claim.Namespace, Name: claim.Name})
		}
	}
	_, err := claims.Informer().AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc:    enqueue,
		UpdateFunc: func(_, obj any) { enqueue(obj) },
	})
	if err != nil { // only if the informer has stopped, and it has not begun
		panic(err)
	}
	factory.Start(ctx.Done())
	go func() {
		<-ctx.Done()
		queue.ShutDown()
	}()
	for {
		key, stopped := queue.Get()
		if stopped {
			return
		}
		claim, err := claims.Lister().PersistentVolumeClaims(key.Namespace).Get(key.Name)
		if err == nil && wanting(claim) {
			err = grow(ctx, client, claim)
		}
		if err == nil || apierrors.IsNotFound(err) {
			queue.Forget(key)
		} else {
			queue.AddRateLimited(key)
		}
		queue.Done(key)
	}
}

// wanting tells whether a claim has less than it asks for.
func wanting(claim *v1.PersistentVolumeClaim) bool {
	has := claim.Status.Capacity[v1.ResourceStorage]
	return claim.Status.Phase == v1.ClaimBound && claim.DeletionTimestamp == nil && has.Cmp(claim.Spec.Resources.Requests[v1.ResourceStorage]) < 0
}

// grow writes the larger size into the volume, and then, because it is there, into the claim's status.
func grow(ctx context.Context, client kubernetes.Interface, claim *v1.PersistentVolumeClaim) error {
	volume, err := client.CoreV1().PersistentVolumes().Get(ctx, claim.Spec.VolumeName, metav1.GetOptions{})
	if err != nil {
		return err
	}
	if volume.Annotations[provisionedBy] != spec.ProvisionerName {
		return nil
	}
	size, has := claim.Spec.Resources.Requests[v1.ResourceStorage], volume.Spec.Capacity[v1.ResourceStorage]
	if has.Cmp(size) < 0 {
		_, err = client.CoreV1().PersistentVolumes().Patch(ctx, volume.Name, types.MergePatchType, capacity("spec", size), metav1.PatchOptions{})
		if err != nil {
			return err
		}
	} else {
		size = has // somebody ended between the two writes, or it was larger from the start
	}
	_, err = client.CoreV1().PersistentVolumeClaims(claim.Namespace).Patch(
		ctx, claim.Name, types.MergePatchType, capacity("status", size), metav1.PatchOptions{}, "status")
	return err
}

func capacity(part string, size resource.Quantity) []byte {
	return fmt.Appendf(nil, `{%q: {"capacity": {"storage": %q}}}`, part, size.String())
}
