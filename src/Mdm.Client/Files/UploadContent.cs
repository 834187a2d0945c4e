using System.Net;
using Mdm.Abstractions;

namespace Mdm.Client.Files;

/// <summary>The body of one attempt: counted, summed and watched while it is written.</summary>
internal sealed class UploadContent(IUploadSource source, TimeSpan stallTimeout, TimeProvider clock, Action<long> report) : HttpContent
{
    private readonly Lock _gate = new();
    private Adler32 _adler = new();
    private bool _isGivenUp;

    public IUploadSource Source => source;

    /// <summary>Ends the attempt; told anew with each byte that was taken.</summary>
    public CancellationTokenSource? Stall { get; set; }

    public long Sent { get; private set; }

    public string Adler32 => _adler.ToString();

    /// <summary>What this side could not do; null where it was the network or the host.</summary>
    public Exception? LocalFault { get; private set; }

    /// <summary>Takes back what was reported of an attempt that broke off. A piece of it may still be on its way: HTTP does not wait for it, and it is not reported any more.</summary>
    public void GiveUp()
    {
        lock (_gate)
        {
            _isGivenUp = true;
            report(-Sent);
        }
    }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        var counting = new Counting(this, stream);
        await using (counting.ConfigureAwait(false))
        {
            try
            {
                await source.WriteAsync(counting, cancellationToken).ConfigureAwait(false);
            }
            catch (Exception e) when (!counting.IsBroken && e is IOException or UnauthorizedAccessException or MdmException)
            {
                LocalFault = e;
                throw;
            }
        }
        if (Sent == source.Length)
            return;
        LocalFault = new IOException($"the file has another length than when this began: {Sent} bytes instead of {source.Length}.");
        throw LocalFault;
    }

    protected override bool TryComputeLength(out long length)
    {
        length = source.Length;
        return true;
    }

    private void Wrote(ReadOnlySpan<byte> bytes)
    {
        lock (_gate)
        {
            if (_isGivenUp)
                return;
            _adler.Append(bytes);
            Sent += bytes.Length;
            report(bytes.Length);
        }
    }

    private sealed class Counting(UploadContent content, Stream target) : WriteOnlyStream
    {
        public bool IsBroken { get; private set; }

        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            // A body that is longer than it said would break the connection; the length is compared at the end.
            if (content.Sent + buffer.Length > content.Source.Length)
                throw new IOException($"the file has another length than when this began: more than {content.Source.Length} bytes.");
            using var limit = new CancellationTokenSource(content.StallTimeout, content.Clock);
            await using (limit.Token.UnsafeRegister(static state => ((CancellationTokenSource)state!).Cancel(), content.Stall!).ConfigureAwait(false))
            {
                try
                {
                    await target.WriteAsync(buffer, cancellationToken).ConfigureAwait(false);
                }
                catch
                {
                    IsBroken = true;
                    throw;
                }
            }
            content.Wrote(buffer.Span);
        }
    }

    private TimeSpan StallTimeout => stallTimeout;

    private TimeProvider Clock => clock;
}
