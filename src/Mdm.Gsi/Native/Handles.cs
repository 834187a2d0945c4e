using System.Collections.Immutable;
using System.Runtime.InteropServices;

namespace Mdm.Gsi.Native;

/// <summary>A pointer that libssl or libcrypto gave us to own; zero means that it could not.</summary>
internal abstract class OwnedPointer() : SafeHandle(0, ownsHandle: true)
{
    public sealed override bool IsInvalid => handle == 0;
}

internal sealed class SslContextHandle : OwnedPointer
{
    protected override bool ReleaseHandle()
    {
        OpenSsl.SSL_CTX_free(handle);
        return true;
    }
}

internal sealed class SslHandle : OwnedPointer
{
    // Frees both BIOs with it; the context lives on until its last SSL is gone.
    protected override bool ReleaseHandle()
    {
        OpenSsl.SSL_free(handle);
        return true;
    }
}

internal sealed class X509StoreHandle : OwnedPointer
{
    protected override bool ReleaseHandle()
    {
        OpenSsl.X509_STORE_free(handle);
        return true;
    }
}

internal sealed class StoreContextHandle : OwnedPointer
{
    protected override bool ReleaseHandle()
    {
        OpenSsl.X509_STORE_CTX_free(handle);
        return true;
    }
}

internal sealed unsafe class X509Handle : OwnedPointer
{
    /// <summary>Parses one DER certificate; an invalid handle when it is none.</summary>
    public static X509Handle Parse(ReadOnlySpan<byte> der)
    {
        fixed (byte* start = der)
        {
            var input = start;
            var certificate = OpenSsl.d2i_X509(0, &input, der.Length);
            OpenSsl.ERR_clear_error();
            return certificate;
        }
    }

    /// <summary>The DER form of a certificate that somebody else owns.</summary>
    public static ImmutableArray<byte> Encode(nint certificate)
    {
        var length = OpenSsl.i2d_X509(certificate, null);
        if (length <= 0)
            throw new IOException(OpenSsl.TakeError("a certificate could not be encoded"));
        var der = new byte[length];
        fixed (byte* start = der)
        {
            var output = start;
            if (OpenSsl.i2d_X509(certificate, &output) != length)
                throw new IOException(OpenSsl.TakeError("a certificate could not be encoded"));
        }
        return ImmutableCollectionsMarshal.AsImmutableArray(der);
    }

    protected override bool ReleaseHandle()
    {
        OpenSsl.X509_free(handle);
        return true;
    }
}

internal sealed unsafe class KeyHandle : OwnedPointer
{
    /// <summary>Parses an unencrypted DER private key (PKCS#8 or the older forms); an invalid handle when it is none.</summary>
    public static KeyHandle Parse(ReadOnlySpan<byte> der)
    {
        fixed (byte* start = der)
        {
            var input = start;
            var key = OpenSsl.d2i_AutoPrivateKey(0, &input, der.Length);
            OpenSsl.ERR_clear_error();
            return key;
        }
    }

    protected override bool ReleaseHandle()
    {
        OpenSsl.EVP_PKEY_free(handle);
        return true;
    }
}

/// <summary>A stack that owns its certificates.</summary>
internal sealed class X509StackHandle : OwnedPointer
{
    private static readonly nint FreeX509 = NativeLibrary.GetExport(NativeLibrary.Load("libcrypto.so.3"), "X509_free");

    public X509StackHandle() => SetHandle(OpenSsl.OPENSSL_sk_new_null());

    public void Add(X509Handle certificate)
    {
        if (OpenSsl.X509_up_ref(certificate) != 1)
            throw new IOException(OpenSsl.TakeError("out of memory for a certificate"));
        if (OpenSsl.OPENSSL_sk_push(handle, certificate.DangerousGetHandle()) > 0)
            return;
        OpenSsl.X509_free(certificate.DangerousGetHandle());
        throw new IOException(OpenSsl.TakeError("out of memory for a certificate"));
    }

    /// <summary>The DER forms in a stack that somebody else owns; empty for a null stack.</summary>
    public static ImmutableArray<ImmutableArray<byte>> Encode(nint stack)
    {
        var count = stack == 0 ? 0 : OpenSsl.OPENSSL_sk_num(stack);
        var certificates = ImmutableArray.CreateBuilder<ImmutableArray<byte>>(Math.Max(count, 0));
        for (var i = 0; i < count; i++)
            certificates.Add(X509Handle.Encode(OpenSsl.OPENSSL_sk_value(stack, i)));
        return certificates.ToImmutable();
    }

    protected override bool ReleaseHandle()
    {
        OpenSsl.OPENSSL_sk_pop_free(handle, FreeX509);
        return true;
    }
}
