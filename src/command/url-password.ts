const PASSWORD = /([a-z][a-z0-9+.-]{1,20}:\/\/[^\s/?#:@"]{0,255}):[^\s/?#"]{0,1024}@/gi;

/** Text without the passwords that stand in URLs: what is one where nobody has called it `secret()`. */
export function hideUrlPasswords(text: string): string {
  return text.replace(PASSWORD, "$1:[redacted]@");
}
