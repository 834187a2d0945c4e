using System.Collections.Immutable;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Mdm.Abstractions;

namespace Mdm.Gsi.Native;

internal enum TlsStatus
{
    /// <summary>It is done, or bytes were given.</summary>
    Ok,

    /// <summary>More bytes from the peer are needed.</summary>
    WantInput,

    /// <summary>The peer closed the TLS connection in order.</summary>
    Closed,
}

/// <summary>
/// One TLS connection on memory BIOs: ciphertext in and out as spans, no I/O. Every call takes the one lock of its SSL object,
/// so that nothing is used after it was freed. A failure ends the connection.
/// </summary>
internal sealed unsafe class TlsEngine : IDisposable
{
    private readonly Lock _gate = new();
    private readonly SslHandle _handle;
    private readonly nint _ssl;
    private readonly nint _readBio;
    private readonly nint _writeBio;
    private bool _failed;

    private TlsEngine(SslContextHandle context)
    {
        _handle = OpenSsl.SSL_new(context);
        if (_handle.IsInvalid)
            throw new IOException(OpenSsl.TakeError("no memory for a TLS connection"));
        _ssl = _handle.DangerousGetHandle();
        _readBio = OpenSsl.BIO_new(OpenSsl.BIO_s_mem());
        _writeBio = OpenSsl.BIO_new(OpenSsl.BIO_s_mem());
        if (_readBio == 0 || _writeBio == 0)
        {
            _ = OpenSsl.BIO_free(_readBio);
            _ = OpenSsl.BIO_free(_writeBio);
            _handle.Dispose();
            throw new IOException(OpenSsl.TakeError("no memory for a TLS connection"));
        }
        OpenSsl.SSL_set_bio(_ssl, _readBio, _writeBio);
    }

    public static TlsEngine ForServer(SslContextHandle context)
    {
        var engine = new TlsEngine(context);
        OpenSsl.SSL_set_accept_state(engine._ssl);
        // A context of its own per connection turns every attempt to resume into a clean full handshake, so that the whole chain is always there.
        const int Length = 16;
        var id = stackalloc byte[Length];
        RandomNumberGenerator.Fill(new Span<byte>(id, Length));
        if (OpenSsl.SSL_set_session_id_context(engine._ssl, id, Length) == 1)
            return engine;
        engine.Dispose();
        throw new IOException(OpenSsl.TakeError("the session id context was not accepted"));
    }

    public static TlsEngine ForClient(SslContextHandle context, string serverName)
    {
        var engine = new TlsEngine(context);
        OpenSsl.SSL_set_connect_state(engine._ssl);
        if (System.Net.IPAddress.TryParse(serverName, out _))
            return engine; // RFC 6066 §3: no literal addresses in server_name.
        var name = Marshal.StringToCoTaskMemUTF8(serverName);
        try
        {
            if (OpenSsl.SSL_ctrl(engine._ssl, OpenSsl.CtrlHostName, 0, name) == 1)
                return engine;
        }
        finally
        {
            Marshal.FreeCoTaskMem(name);
        }
        engine.Dispose();
        throw new IOException(OpenSsl.TakeError("the server name was not accepted"));
    }

    /// <summary>Ciphertext waiting to be sent, in bytes.</summary>
    public int PendingOutput
    {
        get
        {
            lock (_gate)
                return _handle.IsClosed ? 0 : (int)OpenSsl.BIO_ctrl_pending(_writeBio);
        }
    }

    public string Version
    {
        get
        {
            lock (_gate)
                return _handle.IsClosed ? "" : Marshal.PtrToStringUTF8(OpenSsl.SSL_get_version(_ssl)) ?? "";
        }
    }

    public string Cipher
    {
        get
        {
            lock (_gate)
                return _handle.IsClosed ? "" : Marshal.PtrToStringUTF8(OpenSsl.SSL_CIPHER_get_name(OpenSsl.SSL_get_current_cipher(_ssl))) ?? "";
        }
    }

    /// <summary>What this side presents, leaf first.</summary>
    public void Present(ReadOnlySpan<ImmutableArray<byte>> chain, ReadOnlySpan<byte> privateKey)
    {
        lock (_gate)
        {
            ThrowIfUnusable();
            using var key = KeyHandle.Parse(privateKey);
            for (var i = 0; i < chain.Length; i++)
            {
                using var certificate = X509Handle.Parse(chain[i].AsSpan());
                if (certificate.IsInvalid || key.IsInvalid)
                    throw new IOException("The credential holds something that is no certificate or key.");
                var added = i == 0
                    ? OpenSsl.SSL_use_certificate(_ssl, certificate)
                    : (int)OpenSsl.SSL_ctrl(_ssl, OpenSsl.CtrlChainCert, 1, certificate.DangerousGetHandle());
                if (added != 1)
                    throw new IOException($"The credential cannot be used: {OpenSsl.TakeError("refused by OpenSSL")}.");
            }
            if (OpenSsl.SSL_use_PrivateKey(_ssl, key) != 1)
                throw new IOException($"The credential cannot be used: {OpenSsl.TakeError("refused by OpenSSL")}.");
        }
    }

    /// <summary>What the peer presented, leaf first; empty without a certificate.</summary>
    public ImmutableArray<ImmutableArray<byte>> PeerChain()
    {
        lock (_gate)
        {
            ThrowIfUnusable();
            var leaf = OpenSsl.SSL_get0_peer_certificate(_ssl);
            if (leaf == 0)
                return [];
            var first = X509Handle.Encode(leaf);
            var chain = X509StackHandle.Encode(OpenSsl.SSL_get_peer_cert_chain(_ssl));
            // On a client the chain starts with the leaf, on a server it does not.
            return chain.Length > 0 && chain[0].AsSpan().SequenceEqual(first.AsSpan()) ? chain : chain.Insert(0, first);
        }
    }

    public void Feed(ReadOnlySpan<byte> ciphertext)
    {
        lock (_gate)
        {
            ThrowIfUnusable();
            fixed (byte* start = ciphertext)
            {
                if (OpenSsl.BIO_write(_readBio, start, ciphertext.Length) != ciphertext.Length)
                    throw Fail("no memory for received data");
            }
        }
    }

    public TlsStatus Handshake()
    {
        lock (_gate)
        {
            ThrowIfUnusable();
            OpenSsl.ERR_clear_error();
            var result = OpenSsl.SSL_do_handshake(_ssl);
            return result == 1 ? TlsStatus.Ok : StatusOf(result, "the TLS handshake failed");
        }
    }

    /// <summary>Reads at most one record; with an empty buffer only waits until there is something to read.</summary>
    public TlsStatus ReadRecord(Span<byte> plaintext, out int count)
    {
        lock (_gate)
            return ReadLocked(plaintext, out count);
    }

    /// <summary>Reads as many of the records that are there as fit.</summary>
    public TlsStatus Read(Span<byte> plaintext, out int count)
    {
        lock (_gate)
        {
            var status = ReadLocked(plaintext, out count);
            while (status == TlsStatus.Ok && count < plaintext.Length && OpenSsl.BIO_ctrl_pending(_readBio) > 0)
            {
                // What came first is delivered; the same end is met again at the next read.
                if (ReadLocked(plaintext[count..], out var more) != TlsStatus.Ok)
                    break;
                count += more;
            }
            return status;
        }
    }

    public void Write(ReadOnlySpan<byte> plaintext)
    {
        if (plaintext.IsEmpty)
            return;
        lock (_gate)
        {
            ThrowIfUnusable();
            OpenSsl.ERR_clear_error();
            fixed (byte* start = plaintext)
            {
                // A memory BIO takes everything, so that a partial write means an end, not a wait.
                if (OpenSsl.SSL_write(_ssl, start, plaintext.Length) != plaintext.Length)
                    throw Fail("the TLS connection cannot be written");
            }
        }
    }

    /// <summary>Takes ciphertext to be sent; the number of bytes given.</summary>
    public int Drain(Span<byte> ciphertext)
    {
        lock (_gate)
        {
            if (_handle.IsClosed || ciphertext.IsEmpty)
                return 0;
            fixed (byte* start = ciphertext)
                return Math.Max(0, OpenSsl.BIO_read(_writeBio, start, ciphertext.Length));
        }
    }

    /// <summary>Leaves a close_notify to be drained, where the connection still allows one.</summary>
    public void Shutdown()
    {
        lock (_gate)
        {
            if (_handle.IsClosed || _failed)
                return;
            // 0 and 1 are both fine: we do not wait for the peer's answer.
            if (OpenSsl.SSL_shutdown(_ssl) < 0)
                OpenSsl.ERR_clear_error();
        }
    }

    public void Dispose()
    {
        lock (_gate)
            _handle.Dispose();
    }

    private TlsStatus ReadLocked(Span<byte> plaintext, out int count)
    {
        count = 0;
        ThrowIfUnusable();
        OpenSsl.ERR_clear_error();
        byte one = 0;
        int result;
        fixed (byte* start = plaintext)
            result = plaintext.IsEmpty ? OpenSsl.SSL_peek(_ssl, &one, 1) : OpenSsl.SSL_read(_ssl, start, plaintext.Length);
        if (result <= 0)
            return StatusOf(result, "the TLS connection cannot be read");
        count = plaintext.IsEmpty ? 0 : result;
        return TlsStatus.Ok;
    }

    private TlsStatus StatusOf(int result, string otherwise) => OpenSsl.SSL_get_error(_ssl, result) switch
    {
        OpenSsl.SslErrorWantRead => TlsStatus.WantInput,
        OpenSsl.SslErrorZeroReturn => TlsStatus.Closed,
        _ => throw Fail(otherwise),
    };

    // After SSL_ERROR_SSL nothing but SSL_free is allowed (SSL_get_error(3)); the alert is already in the BIO and may still be drained.
    private IOException Fail(string otherwise)
    {
        _failed = true;
        var said = OpenSsl.TakeError(otherwise, out var isRefusal);
        // Asking again would be answered alike.
        return isRefusal ? new IOException(said, new MdmException(MdmErrorKind.AccessDenied, $"The other side refuses the TLS connection: {said}.")) : new IOException(said);
    }

    private void ThrowIfUnusable()
    {
        if (_handle.IsClosed || _failed)
            throw new IOException("The TLS connection is closed.");
    }
}
