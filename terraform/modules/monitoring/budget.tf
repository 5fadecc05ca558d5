# What the project may cost a month, and who hears when it will cost more.

resource "google_billing_budget" "this" {
  for_each = var.budget == null ? {} : { month = var.budget }

  billing_account = each.value.billing_account
  display_name    = "${var.name_prefix} in ${var.project_id}"

  budget_filter {
    projects        = ["projects/${var.project_number}"]
    calendar_period = "MONTH"
  }

  amount {
    specified_amount {
      currency_code = each.value.currency
      units         = tostring(each.value.amount)
    }
  }

  dynamic "threshold_rules" {
    for_each = { half = 0.5, most = 0.9, all = 1 }

    content {
      threshold_percent = threshold_rules.value
    }
  }

  threshold_rules {
    threshold_percent = 1
    spend_basis       = "FORECASTED_SPEND"
  }

  # At most five; the billing account's administrators hear as well.
  all_updates_rule {
    monitoring_notification_channels = slice(
      local._channels, 0, min(5, length(local._channels))
    )
  }
}
