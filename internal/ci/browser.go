package main

import (
	"fmt"
	"os/exec"
)

// browserModule holds the tests that look at pages in a browser.
const browserModule = "internal/viewer/browsertest"

// needBrowser sees to it that there is a Chromium. On a machine without one it takes Debian's smallest package of it.
func needBrowser() error {
	for _, name := range []string{"chromium-headless-shell", "chromium", "chromium-browser", "google-chrome"} {
		if _, err := exec.LookPath(name); err == nil {
			return nil
		}
	}
	if _, err := exec.LookPath("apt-get"); err != nil {
		return fmt.Errorf("no Chromium on the path, and no apt-get to install it with: the tests in %s need one", browserModule)
	}
	if err := command(".", nil, "apt-get", "-q", "update"); err != nil {
		return fmt.Errorf("apt-get update: %w", err)
	}
	env := []string{"DEBIAN_FRONTEND=noninteractive"}
	if err := command(".", env, "apt-get", "-q", "install", "-y", "--no-install-recommends", "chromium-headless-shell", "fonts-dejavu-core"); err != nil {
		return fmt.Errorf("apt-get install chromium-headless-shell: %w", err)
	}
	return nil
}
