# Whom alerts reach.

resource "google_monitoring_notification_channel" "email" {
  for_each = var.alert_emails

  project      = var.project_id
  display_name = each.key
  type         = "email"
  labels       = { email_address = each.value }
}

locals {
  _channels = concat(
    var.notification_channels,
    [for channel in google_monitoring_notification_channel.email : channel.id],
  )
}
