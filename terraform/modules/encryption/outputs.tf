output "keys" {
  description = "The keys, once the services may use them."
  value       = var.keys
  depends_on  = [google_kms_crypto_key_iam_member.agent]
}
