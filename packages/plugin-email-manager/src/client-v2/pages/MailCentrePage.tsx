export default function MailCentrePage() {
  return null;
}
