# What never reaches the service: attacks by pattern, and more requests than
# one address may make. Probing scores for the cut-off is an abuse too.

locals {
  # https://cloud.google.com/armor/docs/waf-rules; the most certain signatures
  # of each set, for applications hold free text.
  _attacks = {
    cve-canary      = 1000
    lfi-v33-stable  = 1100
    rce-v33-stable  = 1200
    sqli-v33-stable = 1300
    xss-v33-stable  = 1400
  }
}

resource "google_compute_security_policy" "this" {
  name        = "${var.name_prefix}-edge"
  project     = var.project_id
  description = "In front of score."
  type        = "CLOUD_ARMOR"

  advanced_options_config {
    json_parsing = "STANDARD"
    log_level    = "NORMAL"
  }

  dynamic "rule" {
    for_each = local._attacks

    content {
      action      = "deny(403)"
      priority    = rule.value
      description = "Attack signatures: ${rule.key}."

      match {
        expr {
          expression = format(
            "evaluatePreconfiguredWaf('%s', {'sensitivity': 1})", rule.key
          )
        }
      }
    }
  }

  rule {
    action      = "throttle"
    priority    = 2000
    description = "So many requests a minute from one address, then 429."

    match {
      versioned_expr = "SRC_IPS_V1"

      config {
        src_ip_ranges = ["*"]
      }
    }

    rate_limit_options {
      conform_action = "allow"
      exceed_action  = "deny(429)"
      enforce_on_key = "IP"

      rate_limit_threshold {
        count        = var.requests_per_minute
        interval_sec = 60
      }
    }
  }

  # Every policy ends with a rule of this priority; the one above has matched.
  rule {
    action      = "deny(403)"
    priority    = 2147483647
    description = "Nothing else."

    match {
      versioned_expr = "SRC_IPS_V1"

      config {
        src_ip_ranges = ["*"]
      }
    }
  }
}
