terraform {
  required_version = "~> 1.11"

  required_providers {
    archive = {
      source  = "hashicorp/archive"
      version = "~> 2.7"
    }
    google = {
      source  = "hashicorp/google"
      version = "~> 7.45"
    }
    google-beta = {
      source  = "hashicorp/google-beta"
      version = "~> 7.45"
    }
    time = {
      source  = "hashicorp/time"
      version = "~> 0.12"
    }
  }

  # terraform init -backend-config="bucket=<state bucket>"
  backend "gcs" {
    prefix = "flit/dev"
  }
}

locals {
  # On everything that takes labels, for bills are read by them.
  _labels = {
    application = "flit"
    environment = "dev"
    managed-by  = "terraform"
  }
}

provider "google" {
  project = var.project_id
  region  = var.region
  # Quotas and bills of API calls are this project's, whoever calls.
  billing_project       = var.project_id
  user_project_override = true
  default_labels        = local._labels
}

provider "google-beta" {
  project = var.project_id
  region  = var.region
  # Quotas and bills of API calls are this project's, whoever calls.
  billing_project       = var.project_id
  user_project_override = true
  default_labels        = local._labels
}
