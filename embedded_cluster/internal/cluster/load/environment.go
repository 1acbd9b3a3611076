package load

import (
	"strings"

	"pytest-kworkload/embedded_cluster/internal/images"
)

// environment is the image's, with a PATH in any case: other runtimes add it too.
func environment(variables []string) []string {
	for _, variable := range variables {
		if strings.HasPrefix(variable, "PATH=") {
			return variables
		}
	}
	return append([]string{images.SearchPath}, variables...)
}
