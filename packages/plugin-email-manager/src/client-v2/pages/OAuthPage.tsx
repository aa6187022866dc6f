export default function OAuthPage() {
  return null;
}
