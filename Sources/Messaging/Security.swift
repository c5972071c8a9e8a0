import CZeroMQ
import Glibc

/// A CURVE key in Z85, 40 characters for 32 bytes (rfc.zeromq.org/spec/32).
public struct CurveKey: Hashable, Sendable {
    /// The 40 characters.
    public let text: String

    /// - Throws: ``MessagingError`` unless it is 40 characters of Z85.
    public init(_ text: String) throws(MessagingError) {
        var bytes = [UInt8](repeating: 0, count: 32)
        guard text.utf8.count == 40, zmq_z85_decode(&bytes, text) != nil else {
            // The text may be a secret, so that it is not repeated.
            throw MessagingError(
                .keysRefused, "A CURVE key is 40 characters of Z85, and this one is not: make one with `quartet keys`.")
        }
        self.text = text
    }

    private init(trusted text: String) { self.text = text }

    /// A new pair of keys from libzmq's random source.
    public static func makePair() throws(MessagingError) -> (public: CurveKey, secret: CurveKey) {
        var open = [CChar](repeating: 0, count: 41)
        var secret = [CChar](repeating: 0, count: 41)
        guard zmq_curve_keypair(&open, &secret) == 0 else { throw .system("Making a CURVE key pair", zmq_errno()) }
        return (CurveKey(trusted: text(open)), CurveKey(trusted: text(secret)))
    }

    private static func text(_ characters: [CChar]) -> String {
        String(decoding: characters.prefix(40).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}

/// Who may talk to a socket.
public enum Security: Hashable, Sendable {
    /// Whoever may open the socket's file: for `ipc://` in a directory of mode 0700, nobody but this user.
    case none
    /// CURVE, the side that binds. Who knows the matching public key may connect.
    case curveServer(secret: CurveKey)
    /// CURVE, the side that connects.
    case curveClient(server: CurveKey, public: CurveKey, secret: CurveKey)

    func apply(to socket: Socket) throws(MessagingError) {
        switch self {
        case .none: return
        case .curveServer(let secret):
            try socket.set(ZMQ_CURVE_SERVER, 1)
            try socket.set(ZMQ_CURVE_SECRETKEY, secret.text)
        case .curveClient(let server, let open, let secret):
            try socket.set(ZMQ_CURVE_SERVERKEY, server.text)
            try socket.set(ZMQ_CURVE_PUBLICKEY, open.text)
            try socket.set(ZMQ_CURVE_SECRETKEY, secret.text)
        }
    }
}
