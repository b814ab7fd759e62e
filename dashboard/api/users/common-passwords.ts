/**
 * The commonest passwords of eight characters and more, as they stand at the top of the public lists of leaked ones
 * (SecLists, "Pwned Passwords" top entries), and the words of this product. Shorter ones fail by length already.
 */
const words = `
12345678 123456789 1234567890 0123456789 11111111 00000000 88888888 12341234 11223344 87654321 987654321 0987654321
123123123 147258369 123654789 123456789a a123456789 1234qwer 1q2w3e4r 1q2w3e4r5t 1qaz2wsx 1qazxsw2 q1w2e3r4 zaq12wsx
qwertyuiop qwerty123 qwerty12 qwertyui qwer1234 asdfghjk asdfghjkl asdf1234 zxcvbnm1 qazwsxedc abcd1234 abc12345
abcdefgh a1b2c3d4 aa123456 password password1 password12 password123 password1234 passw0rd p@ssw0rd p@ssword pa55word
passwort passwort1 hasloh12 motdepasse contraseña contrasena senha123 iloveyou iloveyou1 sunshine princess football
baseball basketball superman batman123 starwars whatever trustno1 letmein1 letmein123 welcome1 welcome123 admin123
admin1234 administrator changeme changeme1 default1 computer internet samsung1 jennifer michelle jonathan victoria
elizabeth alexander michael1 charlie1 ashley12 jordan23 monkey123 dragon123 shadow12 master12 mustang1 corvette
maverick midnight mercedes chocolate butterfly liverpool chelsea1 arsenal1 barcelona realmadrid juventus pokemon1
minecraft fortnite dispatch dispatcher emergency firefighter operator operator1 engineer tocsin123 tocsin12 raspberry
raspberrypi controlroom
`;

/** Passwords nobody may choose, in lower case. */
export const commonPasswords: ReadonlySet<string> = new Set(words.trim().split(/\s+/));
