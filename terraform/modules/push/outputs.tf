output "account" {
  description = "Full name of the account that pushes."
  value       = google_service_account.this.name
}

output "dead_letter_subscription" {
  description = "Name of the subscription with what could not be delivered."
  value       = google_pubsub_subscription.dead_letter.name
}

output "member" {
  description = "Member that pushes, for the function to let in."
  value       = google_service_account.this.member
}
