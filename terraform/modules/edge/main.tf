# An HTTPS load balancer in front of one Cloud Run service. It adds an address,
# TLS and Cloud Armor; who may call is still asked by IAM behind it.

resource "google_compute_global_address" "this" {
  name    = "${var.name_prefix}-edge"
  project = var.project_id
  labels  = { component = "edge" }
}

resource "google_compute_region_network_endpoint_group" "this" {
  name                  = "${var.name_prefix}-edge"
  project               = var.project_id
  region                = var.region
  network_endpoint_type = "SERVERLESS"

  cloud_run {
    service = var.service_name
  }
}

resource "google_compute_backend_service" "this" {
  name                  = "${var.name_prefix}-edge"
  project               = var.project_id
  load_balancing_scheme = "EXTERNAL_MANAGED"
  protocol              = "HTTPS"
  security_policy       = google_compute_security_policy.this.id

  backend {
    group = google_compute_region_network_endpoint_group.this.id
  }

  log_config {
    enable      = true
    sample_rate = 1
  }
}

resource "google_compute_url_map" "this" {
  name            = "${var.name_prefix}-edge"
  project         = var.project_id
  default_service = google_compute_backend_service.this.id
}

resource "google_compute_managed_ssl_certificate" "this" {
  # Named by its domain: another domain is another certificate, made first.
  name    = "${var.name_prefix}-${replace(var.domain, ".", "-")}"
  project = var.project_id

  managed {
    domains = [var.domain]
  }

  lifecycle {
    create_before_destroy = true
  }
}

resource "google_compute_ssl_policy" "this" {
  name            = "${var.name_prefix}-edge"
  project         = var.project_id
  profile         = "RESTRICTED"
  min_tls_version = "TLS_1_2"
}

resource "google_compute_target_https_proxy" "this" {
  name             = "${var.name_prefix}-edge"
  project          = var.project_id
  url_map          = google_compute_url_map.this.id
  ssl_certificates = [google_compute_managed_ssl_certificate.this.id]
  ssl_policy       = google_compute_ssl_policy.this.id
}

resource "google_compute_global_forwarding_rule" "this" {
  name                  = "${var.name_prefix}-edge"
  project               = var.project_id
  load_balancing_scheme = "EXTERNAL_MANAGED"
  ip_address            = google_compute_global_address.this.id
  port_range            = "443"
  target                = google_compute_target_https_proxy.this.id
  labels                = { component = "edge" }
}
