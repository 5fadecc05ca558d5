output "account" {
  description = "Full name of the account that the jobs call as."
  value       = google_service_account.this.name
}

output "email" {
  description = "Address of that account."
  value       = google_service_account.this.email
}

output "job_names" {
  description = "Names of the jobs."
  value       = [for name, job in google_cloud_scheduler_job.this : job.name]
}

output "member" {
  description = "Member that the jobs call as, for functions to let in."
  value       = google_service_account.this.member
}
