/** A throw-away certificate for 127.0.0.1, written in DER by hand: one per process, trusted by this process. */
import { generateKeyPairSync, sign } from "node:crypto";
import { getCACertificates, setDefaultCACertificates } from "node:tls";

export interface Certificate {
  /** Both in PEM. */
  readonly certificate: string;
  readonly key: string;
}

/** One DER element: tag, length, content. */
function der(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  const size = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 255];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
}

const sequence = (...parts: readonly Uint8Array[]) => der(0x30, ...parts);
const octets = (content: Uint8Array) => der(0x04, content);
const bits = (content: Uint8Array) => der(0x03, Buffer.from([0]), content);
const identifier = (hex: string) => der(0x06, Buffer.from(hex, "hex"));
const integer = (hex: string) => der(0x02, Buffer.from(hex, "hex"));
const yes = der(0x01, Buffer.from([0xff]));

const ecdsaWithSha256 = sequence(identifier("2a8648ce3d040302"));
const commonName = identifier("550403");
const basicConstraints = identifier("551d13");
const alternativeName = identifier("551d11");

/** As UTCTime: YYMMDDhhmmssZ. */
const time = (at: Date) => der(0x17, Buffer.from(`${at.toISOString().replace(/[-:T]/g, "").slice(2, 14)}Z`));

const name = (common: string) => sequence(der(0x31, sequence(commonName, der(0x0c, Buffer.from(common)))));

const pem = (label: string, content: Buffer): string =>
  `-----BEGIN ${label}-----\n${content.toString("base64").replace(/.{64}/g, "$&\n")}\n-----END ${label}-----\n`;

const day = 86_400_000;

function make(): Certificate {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const self = name(`loopback voice ${process.pid}`);
  const extensions = sequence(
    sequence(basicConstraints, yes, octets(sequence(yes))), // a certificate authority: its own
    sequence(
      alternativeName,
      octets(sequence(der(0x82, Buffer.from("localhost")), der(0x87, Buffer.from([127, 0, 0, 1])))),
    ),
  );
  const toBeSigned = sequence(
    der(0xa0, integer("02")), // version 3
    integer("01"),
    ecdsaWithSha256,
    self,
    sequence(time(new Date(Date.now() - day)), time(new Date(Date.now() + 7 * day))),
    self,
    publicKey.export({ type: "spki", format: "der" }),
    der(0xa3, extensions),
  );
  const signed = sequence(toBeSigned, ecdsaWithSha256, bits(sign("sha256", toBeSigned, privateKey)));
  return {
    certificate: pem("CERTIFICATE", signed),
    key: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
  };
}

let ours: Certificate | undefined;

/** The certificate of this process; several with one subject would confuse OpenSSL. */
export function trustedCertificate(): Certificate {
  if (!ours) {
    ours = make();
    setDefaultCACertificates([...getCACertificates("default"), ours.certificate]);
  }
  return ours;
}
