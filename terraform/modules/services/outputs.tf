# Whoever takes the project from here waits until its APIs are enabled.
output "project_id" {
  description = "The project, once its APIs are enabled."
  value       = var.project_id
  depends_on  = [google_project_service.this]
}

output "project_number" {
  description = "The project's number, as names of Google's own things hold."
  value       = data.google_project.this.number
}

output "pubsub_agent" {
  description = "Member that Pub/Sub itself acts as."
  value       = google_project_service_identity.pubsub.member
}
