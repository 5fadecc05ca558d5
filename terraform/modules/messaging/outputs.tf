output "alerts_topic" {
  description = "Name of the topic that alerts are published to."
  value       = google_pubsub_topic.alerts.name
}

output "alerts_topic_id" {
  description = "Full name of that topic."
  value       = google_pubsub_topic.alerts.id
}

output "dead_letter_subscription" {
  description = "Name of the subscription with what could not be written."
  value       = google_pubsub_subscription.dead_letter.name
}

output "decisions_topic" {
  description = "Name of the topic that decisions are published to."
  value       = google_pubsub_topic.decisions.name
}

output "shards_topic" {
  description = "Name of the topic that shards of batches are published to."
  value       = google_pubsub_topic.shards.name
}

output "shards_topic_id" {
  description = "Full name of that topic."
  value       = google_pubsub_topic.shards.id
}

output "warehouse_subscription" {
  description = "Name of the subscription that writes to the warehouse."
  value       = google_pubsub_subscription.warehouse.name
}
