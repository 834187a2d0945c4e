using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Mdm.Abstractions;
using Mdm.Formats.Reidentification;

namespace Mdm.Plugins.Dicom.Deidentification.Pseudonyms;

/// <summary>
/// The hospital's table of whom pseudonyms stand for: each identity once, sealed to named recipients. The service can add to it and cannot read it.
/// Safe for concurrent use, also by several services on one file.
/// </summary>
internal sealed class ReidentificationTable : IDisposable
{
    private readonly byte[] _markKey;
    private readonly IReadOnlyList<X509Certificate2> _recipients;
    private readonly ConcurrentDictionary<string, byte> _marks = new(StringComparer.Ordinal);
    private readonly FileStream _file;
    private readonly SemaphoreSlim _turn = new(1);

    private ReidentificationTable(byte[] markKey, IReadOnlyList<X509Certificate2> recipients, FileStream file) =>
        (_markKey, _recipients, _file) = (markKey, recipients, file);

    /// <summary>Opens the table, or starts it with mode 0600.</summary>
    /// <param name="path">The file.</param>
    /// <param name="recipientFiles">Certificates, PEM.</param>
    /// <param name="secret">Of the project.</param>
    /// <exception cref="MdmException">Refused: the file is open to others, a certificate is missing or cannot be sealed to.</exception>
    public static ReidentificationTable Open(string path, IReadOnlyList<string> recipientFiles, ProjectSecret secret)
    {
        var recipients = recipientFiles.Select(Recipient).ToList();
        try
        {
            // Opened for appending: what is written lands at the end as a whole, whoever else writes.
            var file = new FileStream(path, new FileStreamOptions
            {
                Mode = FileMode.Append, Access = FileAccess.Write, Share = FileShare.ReadWrite, BufferSize = 0,
                UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
            });
            const UnixFileMode Foreign = UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.GroupWrite;
            if ((File.GetUnixFileMode(file.SafeFileHandle) & Foreign) != 0)
            {
                file.Dispose();
                throw new MdmException(MdmErrorKind.Refused, "The re-identification table can be read or written by others; set its mode to 0600.");
            }

            var table = new ReidentificationTable(secret.KeyFor("table"), recipients, file);
            table.ReadMarks(path);
            return table;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new MdmException(MdmErrorKind.Refused, "The re-identification table cannot be opened (option ReidentificationTable:File).", exception);
        }
    }

    /// <summary>Adds an identity if it is not there yet.</summary>
    /// <exception cref="MdmException">Unavailable: it could not be written; then the object must not go out either.</exception>
    public async ValueTask AddAsync(SealedIdentity identity, CancellationToken cancellationToken)
    {
        var mark = MarkOf(identity);
        if (_marks.ContainsKey(mark))
            return;
        await _turn.WaitAsync(cancellationToken);
        try
        {
            if (_marks.ContainsKey(mark))
                return;
            var line = Encoding.ASCII.GetBytes(new TableLine(mark, identity.Seal(_recipients)) + "\n");
            await _file.WriteAsync(line, CancellationToken.None);
            _file.Flush(flushToDisk: true);
            _marks.TryAdd(mark, 0);
        }
        catch (Exception exception) when (exception is IOException or CryptographicException)
        {
            throw new MdmException(MdmErrorKind.Unavailable, "The re-identification table could not be written, so the object is not released.", exception);
        }
        finally
        {
            _turn.Release();
        }
    }

    public void Dispose()
    {
        _file.Dispose();
        _turn.Dispose();
        foreach (var recipient in _recipients)
            recipient.Dispose();
    }

    private static X509Certificate2 Recipient(string path)
    {
        try
        {
            var certificate = X509CertificateLoader.LoadCertificateFromFile(path);
            if (SealedIdentity.CanReceive(certificate))
                return certificate;
            certificate.Dispose();
            throw new MdmException(MdmErrorKind.Refused, $"A recipient of the re-identification table has no RSA key of at least {SealedIdentity.MinKeyBits} bits: {Path.GetFileName(path)}.");
        }
        catch (Exception exception) when (exception is CryptographicException or IOException or UnauthorizedAccessException)
        {
            throw new MdmException(MdmErrorKind.Refused, $"A recipient's certificate cannot be read: {Path.GetFileName(path)}.", exception);
        }
    }

    private void ReadMarks(string path)
    {
        using var reader = new StreamReader(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
        string? last = null;
        while (reader.ReadLine() is { } line)
        {
            last = line;
            if (TableLine.Parse(line) is { } known)
                _marks.TryAdd(known.Mark, 0);
        }

        // A line that was cut off by a crash is ended, so that the next one is whole.
        if (last is not null && !EndsWithLine(path))
            _file.Write("\n"u8);
    }

    private static bool EndsWithLine(string path)
    {
        using var file = File.OpenHandle(path, share: FileShare.ReadWrite);
        Span<byte> end = stackalloc byte[1];
        return RandomAccess.Read(file, end, RandomAccess.GetLength(file) - 1) == 1 && end[0] == (byte)'\n';
    }

    private string MarkOf(SealedIdentity identity)
    {
        var text = string.Join('\u001F', identity.Pseudonym, identity.PatientId, identity.IssuerOfPatientId, identity.PatientName);
        return Convert.ToHexStringLower(HMACSHA256.HashData(_markKey, Encoding.UTF8.GetBytes(text)))[..TableLine.MarkLength];
    }
}
