using System.Security.Cryptography;
using System.Text;
using Mdm.Abstractions;
using Mdm.Dicom.DataSet;
using Mdm.Plugins.DicomWeb.Messages;

namespace Mdm.Fuzz.Targets;

/// <summary>What an archive answers over DICOMweb.</summary>
internal static class DicomWebTargets
{
    private const string Boundary = "between";
    private const long MaxPart = 16 * 1024;
    private static readonly HashSet<Tag> Wanted = [Tags.StudyInstanceUid, Tags.PatientName, Tags.ModalitiesInStudy, Tags.InstanceNumber, Tags.StudyDescription];

    public static IEnumerable<FuzzTarget> All() =>
    [
        new("multipart", InputShape.Text, MultipartSeeds, Multipart)
        {
            Tokens = [.. new[] { "\r\n--between\r\n", "\r\n--between--", "--between", "\r\n\r\n", "Content-Length: 5\r\n", "Content-Length: 99999999999\r\n", "\r\n--between \t", ":" }.Select(Encoding.ASCII.GetBytes)],
            MaxLength = 32 * 1024,
        },
        new("dicom-json", InputShape.Text, _ => JsonSeeds(), Json)
        {
            Tokens = [.. new[] { "\"Value\":[", "\"00100010\":{", "\"Alphabetic\":\"", "null,", "\\ud800", "[[[[", "{\"vr\":\"SQ\",\"Value\":[{" }.Select(Encoding.ASCII.GetBytes)],
            MaxLength = 16 * 1024,
        },
    ];

    private static byte[][] MultipartSeeds(Xorshift random) =>
    [
        .. Enumerable.Range(0, 8).Select(number =>
        {
            using var body = new MemoryStream();
            for (var part = 0; part <= number % 4; part++)
            {
                var content = random.Bytes((int)random.Below(400));
                body.Write(Encoding.ASCII.GetBytes($"\r\n--{Boundary}\r\nContent-Type: application/dicom\r\n{(number % 2 == 0 ? $"Content-Length: {content.Length}\r\n" : "")}\r\n"));
                body.Write(content);
            }

            body.Write(Encoding.ASCII.GetBytes($"\r\n--{Boundary}--\r\n"));
            return body.ToArray();
        }),
    ];

    /// <summary>The parts do not depend on how the bytes arrive.</summary>
    private static bool Multipart(byte[] input)
    {
        var whole = Parts(input, int.MaxValue, 8192);
        foreach (var (atMost, buffer) in (ReadOnlySpan<(int, int)>)[(1, 8192), (13, 100), (4096, 5000)])
        {
            var again = Parts(input, atMost, buffer);
            if (again != whole)
                throw new FindingException($"in pieces of {atMost} it is {again}, in one {whole}");
        }

        return !whole.StartsWith('!');
    }

    private static string Parts(byte[] input, int atMost, int buffer)
    {
        var parts = new StringBuilder();
        var scratch = new byte[buffer];
        try
        {
            var reader = new MultipartReader(new Pieces(input, atMost), Boundary, MaxPart);
            while (reader.NextAsync(CancellationToken.None).AsTask().GetAwaiter().GetResult() is { } part)
            {
                using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
                for (int count; (count = part.Content.ReadAsync(scratch).AsTask().GetAwaiter().GetResult()) > 0;)
                    hash.AppendData(scratch, 0, count);
                parts.Append(Convert.ToHexString(hash.GetHashAndReset().AsSpan(0, 4))).Append(' ');
            }

            return parts.ToString();
        }
        catch (MdmException exception)
        {
            return $"!{exception.Kind} after {parts}";
        }
    }

    private static byte[][] JsonSeeds() =>
    [
        """[{"0020000D":{"vr":"UI","Value":["1.2.3"]},"00100010":{"vr":"PN","Value":[{"Alphabetic":"Yamada^Tarou","Ideographic":"山田^太郎"}]},"00080061":{"vr":"CS","Value":["CT","MR"]},"00201208":{"vr":"IS","Value":[3]}}]"""u8.ToArray(),
        """[{"00200013":{"vr":"IS","Value":[12]},"00081030":{"vr":"LO"},"0040A730":{"vr":"SQ","Value":[{"00081030":{"vr":"LO","Value":["x"]}}]}},{}]"""u8.ToArray(),
        "[]"u8.ToArray(),
    ];

    private static bool Json(byte[] input)
    {
        try
        {
            foreach (var set in DicomJson.Parse(input, Wanted))
            {
                foreach (var attribute in set.Attributes)
                    _ = set.GetValues(attribute.Tag).Count;
            }

            return true;
        }
        catch (MdmException)
        {
            return false;
        }
    }

    private sealed class Pieces(byte[] content, int atMost) : ReadOnlyByteStream
    {
        private int _given;

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            var count = Math.Min(Math.Min(buffer.Length, atMost), content.Length - _given);
            content.AsMemory(_given, count).CopyTo(buffer);
            _given += count;
            return ValueTask.FromResult(count);
        }
    }
}
